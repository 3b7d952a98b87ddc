"""Work on a host: how it is recognised, which step or reboot stops it, and that what is unknown is not stopped."""

from __future__ import annotations

import pytest

from checks.facts import Facts
from checks.facts.reading import Reading
from checks.facts.recording import Recording
from checks.facts.work import Holder, parse
from checks.profiles import interrupts
from provision import show
from provision.disruption import stopped
from provision.planning import plan
from provision.step import CONTAINERS, GPU_PROGRAMS, HOST
from tests.hosts import DEBIAN, NAMES, facts, read, refused

CONTAINER = "dcb3c5ff8bd9536dfad56ac2d705eb9fd0c8e98bd865fc70d14663c5c7571005"
DOCKER = (
    "client /usr/bin/docker\ndaemon /usr/sbin/dockerd\nstate active\n"
    f'info {{"DockerRootDir": "/var/lib/docker"}}\ncontainer "train" {CONTAINER}\ncontainer "web"\n'
)
# As the probe printed it on a lab host, with the groups of Slurm and Kubernetes put in.
WORK = f"""\
holders read
holder 900 root ,0 |/system.slice/nvidia-persistenced.service nvidia-persiste
holder 901 root ,0 |/system.slice/nvidia-dcgm.service nv-hostengine
holder 951 alice ,0,1 |/user.slice/user-1000.slice/session-5.scope python3
holder 1066 root ,7 |/system.slice/docker-{CONTAINER}.scope sleep
holder 1070 bob , |/system.slice/slurmstepd.scope/job_42/step_0/user/task_0 pmemd.cuda
holder 1080 root ,3 |/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod1b2c3d4e_0000_1111_2222_333344445555.slice/cri-containerd-{CONTAINER}.scope serve
holder 1090 root ,0 |/system.slice/lightdm.service Xorg
job 42
job 43
pod 1b2c3d4e_0000_1111_2222_333344445555
session alice pts/0 10.77.0.1
session carol wayland -
shutdown reboot
"""  # noqa: E501 - a line of the probe is a line
PROGRAMS = (
    "python3 (pid 951, alice, GPU 0,1)",
    "sleep (pid 1066, root, GPU 7, container train)",
    "pmemd.cuda (pid 1070, bob, Slurm job 42)",
    "serve (pid 1080, root, GPU 3, pod 1b2c3d4e-0000-1111-2222-333344445555)",
    "Xorg (pid 1090, root, GPU 0, a graphical session)",
)
OTHERS = (
    "Slurm job 42",
    "Slurm job 43",
    "pod 1b2c3d4e-0000-1111-2222-333344445555",
    "the session of alice (pts/0, from 10.77.0.1)",
    "the session of carol (wayland)",
)


def busy(host: str, work: str = WORK, docker: str = DOCKER) -> Facts:
    return Facts(Recording({**read(host).readings, "work": Reading(0, work), "docker": Reading(0, docker)}))


def test_each_kind_of_step_stops_its_kind_of_work() -> None:
    found = busy("bare-debian12-a100")
    assert stopped((), found) == ()
    assert stopped((GPU_PROGRAMS,), found) == PROGRAMS
    assert stopped((CONTAINERS,), found) == ("container train", "container web")
    assert stopped((HOST,), found) == (*PROGRAMS, "container train", "container web", *OTHERS)


def test_containers_live_on_where_docker_restores_them() -> None:
    found = busy("bare-debian12-a100", docker=DOCKER.replace("{", '{"LiveRestoreEnabled": true, '))
    assert stopped((CONTAINERS,), found) == ()
    assert "container train" in stopped((HOST,), found)


@pytest.mark.parametrize(
    ("group", "belongs"),
    [
        ("/slurm/uid_1001/job_123/step_0", "Slurm job 123"),
        ("/slurm_node7/uid_1001/job_9/step_batch/task_0", "Slurm job 9"),
        ("/system.slice/node7_slurmstepd.scope/job_4/step_0/user/task_0", "Slurm job 4"),
        (f"/docker/{CONTAINER}", "container dcb3c5ff8bd9"),
        (f"/machine.slice/libpod-{CONTAINER}.scope", "container dcb3c5ff8bd9"),
        (f"/system.slice/containerd.service/default:cri-containerd:{CONTAINER}", "container dcb3c5ff8bd9"),
        (f"/kubepods/besteffort/pod1b2c3d4e-0000-1111-2222-333344445555/{CONTAINER}", "pod 1b2c3d4e-0000"),
        ("/user.slice/user-1000.slice/session-3.scope", ""),
        ("/system.slice/docker.service", ""),
    ],
)
def test_a_control_group_says_what_a_process_belongs_to(group: str, belongs: str) -> None:
    found = Holder(1, "root", "python3", (), ("/user.slice", group)).belongs_to
    assert found.startswith(belongs)
    assert bool(found) == bool(belongs)


def test_the_plan_names_the_work_in_text_and_json() -> None:
    planned = plan(busy("bare-debian12-a100"), DEBIAN)
    text = show.as_text(planned, "gpu01", "debian")
    reboot = text.index("-- reboot:")
    assert text.index("stops: python3 (pid 951, alice, GPU 0,1)") > reboot
    assert text.index("stops: the session of alice (pts/0, from 10.77.0.1)") > reboot
    assert "!  a shutdown is scheduled on the host (reboot)" in text
    first, second = show.as_table(planned, "gpu01", "debian")["phases"]
    assert first["disrupts"] == ["the host"]
    assert first["stops"] == list(stopped((HOST,), busy("bare-debian12-a100")))
    assert second["disrupts"] == second["stops"] == []
    assert {"stop python3 (pid 951, alice, GPU 0,1)", "reboot"} <= planned.shown


def test_a_step_that_stops_gpu_programs_names_them() -> None:
    planned = plan(busy("fails-driver_mismatch"), DEBIAN)
    assert planned.steps[0].stops == PROGRAMS
    assert show.as_table(planned, "h", "p")["phases"][0]["steps"][0]["stops"] == list(PROGRAMS)


@pytest.mark.parametrize(
    ("work", "docker", "words"),
    [
        ("holders only root can see who holds the GPUs\n", DOCKER, "only root can see who holds the GPUs"),
        (WORK, "state active\ninfo Cannot connect\n", "which containers run is not known"),
    ],
    ids=["holders", "containers"],
)
@pytest.mark.parametrize("host", ["bare-debian12-a100", "fails-driver_mismatch"])
def test_where_work_cannot_be_read_nothing_that_would_stop_it_is_planned(
    host: str, work: str, docker: str, words: str
) -> None:
    planned = plan(busy(host, work, docker), DEBIAN)
    assert words in dict(planned.unknown)["driver"]
    assert {step.component for step in planned.steps} <= {"package_sources", "kernel_headers", "docker"}
    assert planned.reboots == 0


@pytest.mark.parametrize("host", NAMES)
def test_every_step_that_stops_something_is_of_a_component_that_says_so(host: str) -> None:
    found = facts(host)
    if refused(found):
        return
    for step in plan(found, DEBIAN).steps:
        if step.reboot or GPU_PROGRAMS in step.disrupts:
            assert interrupts.interrupts(step.component, found), step.title


def test_an_answer_without_a_line_about_holders_is_unknown() -> None:
    assert parse(Reading(0, "holders none\n")).known().holders == ()
    with pytest.raises(Exception, match="no line about the holders"):
        parse(Reading(0, "session bob pts/0 -\n"))
