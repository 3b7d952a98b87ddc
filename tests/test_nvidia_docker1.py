"""The component nvidia_docker and the driver volume in its plugin's way: what is planned for what is found."""

from __future__ import annotations

import pytest

from checks.examine import examine
from checks.facts import Facts
from checks.profiles.profile import Profile, having
from provision.planning import plan
from tests.alter import Alter, altered, append, edit, put
from tests.faultbench import nvidia_docker1 as bench
from tests.faultbench.fault import Fault
from tests.hosts import HEALTHY, read
from tests.nvidia_docker1 import BY_PLUGIN, MANAGED
from tests.test_recordings import law

OPTION, COPY = (having(MANAGED, {"nvidia_docker": {"volumes": way}}) for way in ("option", "copy"))
START = "start nvidia-docker's plugin"
INSTALL = "install nvidia-docker 1.0.1 from nvidia-docker_1.0.1-1_amd64.deb"
SET_UP = "set up nvidia-docker's user, folder, capability and unit"
MAKE = "make the driver volume nvidia_driver_535.309.01 by nvidia-docker's plugin"
LINK = "make /var/lib/nvidia-docker/volumes a link to /usr/local/nvidia-driver"
PARTED = edit("disk", r"^/var/lib 59 .*$", "/var/lib 1792 /dev/sdb1 1000000 1 999999 1% /var/lib")
NAME = "nvidia_driver_535.309.01"


def found(*alters: Alter) -> Facts:
    return Facts(altered(read(HEALTHY), (*BY_PLUGIN, *alters)))


def titles(facts: Facts, profile: Profile = MANAGED) -> list[str]:
    law(facts, profile)
    return [step.title for step in plan(facts, profile).steps]


def old_volume(*users: str) -> Alter:
    made = "".join(f"user {name}\n" for name in users)
    return append("volume", f"volume nvidia_driver_525.147.05 /x\nmade nvidia-docker\n{made}")


def test_a_host_that_is_as_the_profile_wants_it_has_nothing_to_do_and_is_well() -> None:
    assert titles(found()) == []
    assert {f.verdict for f in examine(found(), MANAGED)} <= {"ok", "skipped"}


def test_a_host_without_it_gets_it_and_its_volume_in_place_of_ours() -> None:
    host = Facts(read(HEALTHY))
    assert titles(host) == [INSTALL, START, MAKE]
    tar = having(MANAGED, {"nvidia_docker": {"source": "file:///srv/nvidia-docker_1.0.1_amd64.tar.xz"}})
    assert titles(host, tar)[1:] == [SET_UP, START, MAKE]


CASES: dict[str, tuple[tuple[Alter, ...], list[str]]] = {
    "1.0.0": ((edit("nvidia_docker", "release 1.0.1", "release 1.0.0"),), [INSTALL, START]),
    "stopped": ((bench.plugin(*bench.down("inactive", "Successfully terminated", "dead")),), [START]),
    "five restarts": ((bench.plugin(*bench.down("failed", "Error: nvml: Driver Not Loaded")),), [START]),
    "no spec file": ((edit("nvidia_docker", r"^spec .*\n", ""),), [START]),
    "no socket": ((edit("nvidia_docker", r"^socket .*\n", ""),), [START]),
    "no port": ((edit("nvidia_docker", r"^port .*\n", ""),), [START]),
    "capability lost": ((edit("nvidia_docker", r"^caps .*$", "caps "),), [SET_UP, START]),
    "folder of root": ((edit("nvidia_docker", "folder nvidia-docker", "folder root"),), [SET_UP, START]),
    "user gone": ((edit("nvidia_docker", r"^account\n", ""),), [SET_UP, START]),
    "unit gone": (
        (edit("nvidia_docker", "LoadState=loaded", "LoadState=not-found"),),
        [SET_UP, START],
    ),
    "started with another driver": ((edit("nvidia_docker", r"^driver .*$", "driver 525.147.05"),), [START]),
    "arguments that nobody asked for": (
        (append("nvidia_docker", "extra -d /srv\n"),),
        ["take our arguments from the plugin", START],
    ),
    "no GPU": (
        (
            edit("nvidia_docker", r"^port .*\n", ""),
            edit("nvidia_docker", r"^(log .*GPU devices)\n(log .*\n)+", r"\1\n"),
        ),
        [],
    ),
    "another program has the port": (
        (edit("nvidia_docker", r"^port .*$", 'port users:(("python3",pid=1,fd=3))'),),
        [],
    ),
    "volume half filled": ((edit("volume", r"^held .*libcuda.*\n", ""),), [MAKE]),
    "volume stale": ((edit("volume", r"^held \d+ \d+ 29384912", "held 59 1 29384000"),), [MAKE]),
    "volume half filled and held": (
        (edit("volume", r"^held .*libcuda.*\n", ""), edit("volume", r"^made .*$", r"\g<0>\nuser train")),
        [],
    ),
    "no volume": ((edit("volume", r"^(volume|made|held) .*\n", ""),), [MAKE]),
    "docker's own volume": (
        (edit("volume", r"^made .*$", "made local"), append("nvidia_docker", f"local 0 {NAME}\n")),
        [MAKE],
    ),
    "an old volume": ((old_volume(),), ["remove the volume of an older driver, nvidia_driver_525.147.05"]),
    "an old volume that is held": ((old_volume("train"),), []),
    "another file system": ((PARTED,), [LINK]),
    "another file system, before the volume is made": (
        (PARTED, edit("volume", r"^(volume|made|held) .*\n", "")),
        [LINK, MAKE],
    ),
    "another file system, and the link": ((PARTED, append("nvidia_docker", "target /usr/local/nvidia-driver\n")), []),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_planned(case: str) -> None:
    alters, want = CASES[case]
    assert titles(found(*alters)) == want


def test_where_var_lib_is_another_file_system_the_profile_chooses_the_way() -> None:
    none = edit("volume", r"^(volume|made|held) .*\n", "")
    ours = append("nvidia_docker", "extra -d /usr/local/nvidia-driver\n")
    assert titles(found(PARTED, none), OPTION) == [
        "give the plugin the arguments -d /usr/local/nvidia-driver",
        START,
        MAKE,
    ]
    assert titles(found(PARTED, ours), OPTION) == []
    assert titles(found(PARTED, none), COPY) == [f"{MAKE}, of copies"]
    said = [f.summary for f in examine(Facts(altered(read(HEALTHY), (PARTED,))), MANAGED) if f.remedy]
    assert "/var/lib/nvidia-docker is on another file system than the driver's files" in said


@pytest.mark.parametrize("fault", bench.FAULTS, ids=lambda fault: fault.name)
def test_the_law_holds_for_every_fault_of_the_plugin(fault: Fault) -> None:
    law(Facts(fault.recording()), MANAGED)
    if not set(BY_PLUGIN) & set(fault.alter):
        law(found(*fault.alter), MANAGED)


def test_the_volume_is_left_alone_where_the_profile_asks_for_a_plugin_that_is_not_there() -> None:
    profile = having(MANAGED, {"nvidia_docker": {"version": ""}, "driver_volume": {"method": "plugin"}})
    assert titles(Facts(read(HEALTHY)), profile) == []
    assert "not installed and not asked for" in dict(plan(Facts(read(HEALTHY)), profile).unknown)["driver_volume"]


def test_a_file_of_ours_is_brought_and_an_address_is_fetched_with_its_checksum() -> None:
    host = Facts(read(HEALTHY))
    (fetched, *_) = plan(host, MANAGED).steps
    assert f"fetch_file {MANAGED.nvidia_docker.source} {'0' * 64}" in fetched.script
    local = having(MANAGED, {"nvidia_docker": {"source": "/srv/nvidia-docker_1.0.1-1_amd64.deb"}})
    (brought, *_) = plan(host, local).steps
    assert [(file.name, file.sha256) for file in brought.brings] == [("nvidia-docker_1.0.1-1_amd64.deb", "0" * 64)]
    assert "fetch_file" not in brought.script


def test_each_release_has_its_package_and_a_mirror_serves_it() -> None:
    host = Facts(read(HEALTHY))
    each = {"bookworm": {"source": "https://github.com/a/b_amd64.deb", "sha256": "1" * 64}}
    wants = having(MANAGED, {"nvidia_docker": {"source": "", "sha256": "", "packages": each}})
    mirrors = {"github.com": {"url": "file:///srv/mirror/github.com"}}
    for profile, address in (
        (wants, "https://github.com/a/b_amd64.deb"),
        (having(wants, {"mirrors": mirrors}), "file:///srv/mirror/github.com/a/b_amd64.deb"),
    ):
        (install, *_) = plan(host, profile).steps
        assert f"fetch_file {address} {'1' * 64}" in install.script
    elsewhere = having(MANAGED, {"nvidia_docker": {"source": "", "packages": {"el7": each["bookworm"]}}})
    assert "no nvidia_docker.packages.bookworm" in dict(plan(host, elsewhere).unknown)["nvidia_docker"]
    law(host, elsewhere)


def test_no_docker_command_waits_for_ever() -> None:
    steps = plan(Facts(altered(read(HEALTHY), (PARTED,))), MANAGED).steps
    for line in "\n".join(step.script + step.undo for step in steps).splitlines():
        if "docker volume" in line or "docker ps" in line:
            assert "timeout -k 1" in line, line


def test_a_plugin_that_is_down_is_started_though_docker_cannot_list_its_volumes() -> None:
    late = put("volume", "docker waits for nvidia-docker's plugin, which does not run\n", 1)
    assert titles(found(late, bench.plugin(*bench.down("inactive", "Successfully terminated", "dead")))) == [START]


def test_a_volume_command_that_is_late_is_not_an_empty_answer() -> None:
    late = found(put("volume", "file bin nvidia-smi 59 2229701 686384 /usr/lib/nvidia/current/nvidia-smi\nasked\n", 1))
    assert "driver_volume" in dict(plan(late, MANAGED).unknown)


def test_a_container_is_started_with_docker_and_with_nvidia_docker() -> None:
    listed = "GPU 0: NVIDIA A100 80GB PCIe (UUID: GPU-0)\n"
    both = found(put("container", f"{listed}through nvidia-docker:\n{listed}"))
    said = [f for f in examine(both, MANAGED) if f.check == "container_gpu"]
    assert [(f.verdict, f.summary) for f in said] == [
        ("ok", "a container lists 1 GPU(s), through the driver volume, nvidia-docker")
    ]
