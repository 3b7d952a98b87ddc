"""What a plan costs, as text and JSON: room, restarts, what packages stop, minutes, and what cannot be taken back."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace

import pytest

from checks.facts import Facts, solver, solver_rpm
from checks.facts.reading import Reading
from checks.facts.recording import Recording
from checks.facts.solver import Change, Solution
from checks.profiles.profile import having
from provision.apply import Options, Planned, look
from provision.consequences import BASIS, as_text, consequences
from provision.planning import COMPONENTS, plan
from provision.step import Phase, Plan, Step
from tests.hosts import DEBIAN, HEALTHY, facts, read
from tests.test_apply import BARE, FakeHost

WELL = facts(HEALTHY)
MIB = 1024 * 1024


def of(*steps: Step, reboot: str = "", solution: Solution | None = None, on: Facts = WELL) -> str:
    return as_text(consequences(Plan((Phase(steps, reboot),)), solution, on))


def step(script: str, undo: str = "true\n", installs: tuple[str, ...] = ()) -> Step:
    return Step("a step", "", script, undo, installs=installs)


@pytest.mark.parametrize(
    ("script", "units"),
    [
        ("restart_docker\n", "docker.service"),
        ("edit_file /x <<'E'\nE\nrestart_containerd\n", "containerd.service"),
        (
            "systemctl daemon-reload\nsystemctl restart gpuwright-device-nodes.service\n",
            "gpuwright-device-nodes.service",
        ),
        ('[ -z "$w" ] || systemctl restart kubelet.service\n', "kubelet.service"),
        ("systemctl enable --now docker.service\n", ""),
        ("reload_docker\n", ""),
    ],
)
def test_units_that_a_script_restarts_are_named(script: str, units: str) -> None:
    assert of(step(script)).partition("Time:")[0] == (f"Restarts: {units}\n" if units else "")


def test_a_component_that_restarts_something_says_so() -> None:
    """The words of lib.sh are those that are looked for."""
    wanted = having(DEBIAN, {"docker": {"daemon": {"data-root": "/srv"}}})
    found = plan(WELL, wanted, ("docker_config",))
    assert "restart docker" in found.steps[0].title
    assert consequences(found, None, WELL).restarts == ("docker.service",)
    assert len(COMPONENTS) > 1


def test_docker_that_is_replaced_along_stops_its_containers_and_they_need_consent() -> None:
    readings = read(HEALTHY).readings
    running = readings["docker"].text + 'container "web" 0123456789ab\n'
    busy = Facts(Recording({**readings, "docker": Reading(0, running)}))
    assert busy.docker.containers == ("web",)
    solution = Solution((Change("docker.io", "20.10", "26.1"), Change("new", "", "1")), 0)
    found = consequences(Plan((Phase((step("x"),)),)), solution, busy)
    assert (found.restarts, found.stops) == (("docker.service",), ("container web",))
    planned = Planned(busy.recording, DEBIAN, Plan((Phase((step("x"),)),)), solution)
    assert "stop container web" in planned.shown
    new = replace(solution, changes=(Change("docker.io", "", "26.1"),))
    assert consequences(Plan((Phase((step("x"),)),)), new, busy).restarts == ()


def test_what_cannot_be_taken_back_is_said() -> None:
    solution = Solution((Change("a", "1", "2"),), 0, gone=("a 1",))
    text = of(step("dkms autoinstall -k 6.1\n", undo=""), step(":\n", undo=""), solution=solution)
    assert "Cannot be taken back:\n  a step\n  a 1: no repository has it any more\n" in text


def test_minutes_are_an_estimate_that_says_of_what() -> None:
    long = of(
        step("install_packages x\nfind /lib/modules/6.1 -name x\n", installs=("x",)),
        reboot="held",
        solution=Solution((Change("x", "", "1"),), 600 * MIB, 1200 * MIB),
    )
    # 3 min to boot, 3 to build, 1 to fetch, 1 to unpack, and 15 s.
    assert f"Time: about 9 min ({BASIS})" in long
    assert "Time: about 1 min" in of(step("true\n"))
    assert f"Room: 600.0 MiB on /var/cache, where {WELL.disk.holding('/var/cache').free // MIB} MiB are free" in long


def test_json_has_them_too() -> None:
    made = look(FakeHost([BARE]), Options(profile="debian"))
    document = json.loads(made.json("gpu01"))
    assert document["consequences"].keys() == {
        "room", "restarts", "stops", "irreversible", "minutes", "minutes_basis",
    }  # fmt: skip
    assert document["consequences"]["minutes"] >= 6
    assert document["packages"]["fetch_bytes"] == MIB
    assert "Time: about " in made.text("gpu01")
    assert "Time: " not in look(FakeHost([read(HEALTHY)]), Options(profile="debian")).text("gpu01")


POLICY = """\
docker.io:
  Installed: 20.10
  Candidate: 26.1
  Version table:
     26.1 500
        500 http://archive/debian trixie/main amd64 Packages
 *** 20.10 100
        100 /var/lib/dpkg/status
podman:
  Installed: 4.3
  Candidate: 4.3
  Version table:
 *** 4.3 500
        500 http://archive/debian bookworm/main amd64 Packages
        100 /var/lib/dpkg/status
"""


def test_apt_says_which_versions_no_repository_has_any_more() -> None:
    awk = solver.command(("x",)).rpartition("policy $replaced 2>/dev/null | awk '")[2].partition("'\nfor ")[0]
    done = subprocess.run(["awk", awk], input=POLICY, capture_output=True, text=True, check=True)
    assert done.stdout == "gone docker.io 20.10\n"


def test_dnf_is_asked_for_the_versions_that_would_go() -> None:
    assert "repoquery" in solver_rpm.ASK
    found = solver.parse(Reading(0, "fetch 1\ngone nvidia-kmod 375.66-2.el7\n"))
    assert found.gone == ("nvidia-kmod 375.66-2.el7",)
