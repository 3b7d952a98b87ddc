"""doctor --fix, against a host of ten lines: what it mends, in which order, with whose consent, and what it leaves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from checks.doctor import Asked
from checks.examine import CHECKS
from checks.facts.reading import Reading
from checks.facts.recording import Recording
from checks.finding import Finding, by_command, fail, ok
from checks.select import Selection
from provision.apply import Options
from provision.errors import Locked, NoConsent, NotPermitted, StepFailed
from provision.fix import ROUNDS, mend
from tests.alter import altered, edit, put
from tests.hosts import read
from tests.test_apply import FakeConsole, FakeHost

HEALTHY = read("healthy-debian12-a100")
STOPPED, NODES = read("fails-docker_running"), read("fails-device_nodes")
HALF, BOTH = read("fails-packages_configured"), Recording({**STOPPED.readings, "nodes": NODES.readings["nodes"]})
YES = Options(yes=True)


def check(name: str, asks: Any) -> ModuleType:
    module = ModuleType(f"checks.host.{name}")
    module.__dict__.update(RESTS_ON=(), check=asks)
    return module


def stale(facts: Any, profile: Any) -> Iterator[Finding]:
    del profile
    well = "ii dkms" in facts.recording.reading("packages").text
    broken = fail("the spec is stale", why="", remedy=by_command("regenerate spec", "put it back"))
    yield ok("current") if well else broken


STALE = Asked(selection=Selection((*CHECKS, check("stale", stale))))
WITHOUT_SPEC = altered(HEALTHY, [edit("packages", r"^ii dkms .*\n", "")])


def test_a_stopped_docker_is_started_and_the_host_is_looked_at_again() -> None:
    host, console = FakeHost([STOPPED, HEALTHY]), FakeConsole()
    assert mend(host, Asked(), YES, console) == HEALTHY
    assert "Plan for gpu01 (profile debian): 1 step, no reboot\n  1. start docker" in console.shown
    assert len(host.streamed) == 1
    assert "systemctl enable --now docker.service" in host.streamed[0]
    assert host.looks == []


def test_one_cause_at_a_time_with_a_look_after_each() -> None:
    host, console = FakeHost([BOTH, STOPPED, HEALTHY]), FakeConsole()
    assert mend(host, Asked(), YES, console) == HEALTHY
    assert console.shown.index("make the device nodes") < console.shown.index("start docker")
    assert ["gpuwright-device-nodes" in script for script in host.streamed] == [True, False]


def test_a_remedy_that_is_one_command_is_run_with_its_undo() -> None:
    host, console = FakeHost([WITHOUT_SPEC, HEALTHY]), FakeConsole()
    mend(host, STALE, YES, console)
    assert "  1. regenerate spec\n       doctor: stale: the spec is stale\n" in console.shown
    assert "regenerate spec\n" in host.streamed[0]
    assert "put it back\n" in host.streamed[0]


def test_an_interrupted_dpkg_is_finished() -> None:
    host = FakeHost([HALF, HEALTHY])
    mend(host, Asked(), YES, FakeConsole())
    assert "01.sh <<'END_OF_FILE_' || return\nmend_packages\n" in host.streamed[0]


@pytest.mark.parametrize(("name", "component"), [("bare-debian12-a100", "driver"), ("fails-nouveau", "nouveau")])
def test_what_needs_a_reboot_is_said_and_never_done(name: str, component: str) -> None:
    chosen = Selection(tuple(check for check in CHECKS if check.__name__.endswith(".nouveau")))
    asked = Asked(profile="debian", selection=chosen)
    host, console = FakeHost([read(name), read(name)]), FakeConsole()
    mend(host, asked, YES, console)
    assert host.streamed == []
    assert f"Left to you on gpu01:\n  nouveau: provision --only {component} (needs a reboot: " in console.shown


def test_what_apt_cannot_solve_is_left_and_said() -> None:
    bare = read("half-driver-without-docker")
    unsolved = Recording({"solver": Reading(1, "E: Unable to locate package\n")})
    host, console = FakeHost([bare, bare], solved=unsolved), FakeConsole()
    mend(host, Asked(), YES, console)
    assert host.streamed == []
    assert "apt cannot install" in console.shown


def test_a_package_that_would_go_is_said_and_not_done() -> None:
    removes = Recording({"solver": Reading(0, "Remv important [1.0]\nfetch 0\n")})
    bare = read("half-driver-without-docker")
    host, console = FakeHost([bare, bare], solved=removes), FakeConsole()
    mend(host, Asked(), YES, console)
    assert host.streamed == []
    assert "docker_running: provision --only docker (removes important)" in console.shown


def test_a_dry_run_shows_and_stops() -> None:
    host, console = FakeHost([STOPPED]), FakeConsole()
    assert mend(host, Asked(), replace(YES, dry_run=True), console) == STOPPED
    assert "start docker" in console.shown
    assert host.streamed == []


@pytest.mark.parametrize("answers", [[], [False]], ids=["no terminal", "no"])
def test_without_consent_nothing_is_touched(answers: list[bool]) -> None:
    host = FakeHost([STOPPED])
    with pytest.raises(NoConsent, match="nothing was changed"):
        mend(host, Asked(), Options(), FakeConsole(answers))
    assert host.streamed == []


def test_yes_covers_what_was_shown_and_nothing_that_comes_up_later() -> None:
    host, console = FakeHost([NODES, STOPPED]), FakeConsole()
    with pytest.raises(NoConsent, match="what was done before stands"):
        mend(host, Asked(), YES, console)
    assert len(host.streamed) == 1
    assert "Not shown before: start docker" in console.shown


def test_what_did_not_help_is_not_done_again() -> None:
    host, console = FakeHost([STOPPED, STOPPED]), FakeConsole()
    assert mend(host, Asked(), YES, console) == STOPPED
    assert len(host.streamed) == 1
    assert "docker_running: provision --only docker (it was done, and did not help)" in console.shown


def test_it_ends() -> None:
    def endless(facts: Any, profile: Any) -> Iterator[Finding]:
        del profile
        yield fail("again", why="", remedy=by_command(f"mend {facts.host.time}"))

    looks = [altered(HEALTHY, [edit("host", r"^time .*$", f"time {number}")]) for number in range(ROUNDS + 1)]
    agrees = FakeConsole([True] * ROUNDS)
    with pytest.raises(StepFailed, match=f"still to mend after {ROUNDS} rounds: mend {ROUNDS}; what was done stands"):
        mend(FakeHost(looks), Asked(selection=Selection((check("endless", endless),))), Options(), agrees)


def test_a_host_that_provisioning_refuses_is_mended_by_commands_alone() -> None:
    other = altered(WITHOUT_SPEC, [put("os", "ID=ubuntu\nVERSION_ID=22.04\n"), edit("docker", "active", "inactive")])
    host, console = FakeHost([other, other]), FakeConsole()
    mend(host, STALE, YES, console)
    assert len(host.streamed) == 1
    assert "regenerate spec" in host.streamed[0]


def test_without_root_nothing_is_touched() -> None:
    host = FakeHost([altered(STOPPED, [edit("host", "uid 0", "uid 1000")])])
    with pytest.raises(NotPermitted):
        mend(host, Asked(), YES, FakeConsole())
    assert host.streamed == []


def test_another_run_is_not_disturbed() -> None:
    host = FakeHost([STOPPED], log="@ locked gpuwright-x.service joe@desk\n", status=75)
    with pytest.raises(Locked, match="joe@desk"):
        mend(host, Asked(), YES, FakeConsole())
