"""A host that is less well afterwards than before goes back by itself, and no other does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from checks.facts.reading import Reading
from checks.facts.recording import Recording
from provision.apply import Options
from provision.errors import Locked, NobodyToAsk, StepFailed
from provision.following import who
from provision.returning import provision
from tests.hosts import read
from tests.test_apply import BARE, HEALTHY, WELL, FakeConsole, FakeHost

OPTIONS = Options(yes=True, goes_back=True)
FAILED = "@ begin 01 load driver 595\n modprobe: ERROR\n@ failed 01 1\n@ end 1\n"


def ran(recording: Recording, *runs: str, boot: str = "") -> Recording:
    """The recording with these runs of ours, and under another boot_id if one is given."""
    kernel = recording.readings["kernel"]
    lines = [f"boot {boot}" if boot and line.startswith("boot ") else line for line in kernel.text.splitlines()]
    text = "".join(f"run {run} ended {who()}\nstep 01 done no a\n" for run in runs)
    changed = {"runs": Reading(0, text), "kernel": Reading(0, "".join(f"{line}\n" for line in lines))}
    return Recording({**recording.readings, **changed})


WORKED = ran(read("fails-driver_volume"), "1")
"""Its GPUs answer, and there is something to do."""
WELL_BUT_RED = ran(read("fails-driver_volume"), "1", "2")
LOST = ran(read("fails-driver_loaded"), "1", "2")
"""The same host, after a run, without its driver."""


def test_a_step_that_fails_and_leaves_a_host_without_its_driver_sends_it_back() -> None:
    host, console = FakeHost([WORKED, LOST, LOST, LOST, WORKED, WORKED, WORKED], logs=[FAILED, WELL]), FakeConsole()
    with pytest.raises(StepFailed) as caught:
        provision(host, OPTIONS, console)
    said = str(caught.value)
    for words in (
        "failed: load driver 595",
        "gpu01 is less well than it was: driver_loaded: the NVIDIA module is not loaded",
        "It went back to what it was (taken back: 2). It is as well as before",
        "nothing is otherwise",
    ):
        assert words in said, said
    assert "/runs/2/01" in host.streamed[-1]
    assert "/runs/1/01" not in host.streamed[-1]
    assert "returns to what it is now (--on-failure keep leaves it)" in console.shown
    assert "broken  driver_loaded" in console.shown
    assert host.reboots == []


def test_a_reboot_that_was_not_agreed_to_is_left_to_a_person() -> None:
    booted = ran(LOST, "1", "2", boot="another")
    host = FakeHost([WORKED, booted, booted, booted, booted, booted, WORKED], logs=[FAILED, WELL])
    console = FakeConsole()
    with pytest.raises(StepFailed, match="It went back to what it was"):
        provision(host, OPTIONS, console)
    assert "gpu01: reboot it, so that the kernel is as it was" in console.shown
    assert host.reboots == []


def test_a_unit_that_failed_meanwhile_is_started_again() -> None:
    failed = Reading(0, "failed nvidia-cdi-refresh.service no driver\n")
    lost, back = (Recording({**one.readings, "units": failed}) for one in (LOST, WORKED))
    host = FakeHost([WORKED, lost, lost, lost, back, back, WORKED], logs=[FAILED, WELL, WELL])
    with pytest.raises(StepFailed, match="It is as well as before"):
        provision(host, OPTIONS, FakeConsole())
    assert "systemctl start nvidia-cdi-refresh.service" in host.streamed[-1]


def test_a_driver_that_is_gone_after_the_reboot_sends_it_back_by_another_one(tmp_path: Path) -> None:
    """Another branch of the driver, while a program holds the old one: it takes a reboot there, and one back."""
    profile = tmp_path / "newer.toml"
    profile.write_text('name = "newer"\nextends = "debian"\n[driver.also]\nbookworm = ["nvidia-smi=595"]\n')
    work = Reading(0, "holders read\nholder 4711 alice ,0 | python3\n")
    modules = Reading(0, HEALTHY.readings["modules"].text.replace("309.01 3 ", "309.01 9 "))
    held = ran(Recording({**HEALTHY.readings, "work": work, "modules": modules}), "1")
    gone = ran(read("fails-driver_loaded"), "1", "2", boot="another")
    solved = Recording({"solver": Reading(0, "Inst nvidia-smi [535.309.01-1] (595.71.05-1 d:12 [amd64])\nfetch 1\n")})
    # What goes wrong comes up as a step that was not shown: loading a driver that is not loaded.
    host = FakeHost([held, gone, gone, gone, gone, held, held], solved=solved, works=[held, held])
    console = FakeConsole()
    with pytest.raises(StepFailed, match=r"(?s)driver_loaded.*It is as well as before"):
        provision(host, replace(OPTIONS, profile=str(profile)), console)
    assert "boot into driver" in console.shown
    assert len(host.reboots) == 2
    assert "/runs/2/01" in host.streamed[-1]


def test_what_was_only_once_so_is_no_reason() -> None:
    host = FakeHost([WORKED, LOST, WELL_BUT_RED], log=FAILED)
    with pytest.raises(StepFailed, match=r"(?s)failed: load driver 595\n.*the steps before it stand"):
        provision(host, OPTIONS, FakeConsole())
    assert len(host.streamed) == 1


@pytest.mark.parametrize(
    ("before", "options"),
    [(BARE, OPTIONS), (WORKED, replace(OPTIONS, goes_back=False))],
    ids=["a bare host", "--on-failure keep"],
)
def test_who_has_nothing_to_go_back_to_or_may_not_stays(before: Recording, options: Options) -> None:
    host, console = FakeHost([before, LOST], log=FAILED), FakeConsole()
    with pytest.raises(StepFailed, match="the steps before it stand"):
        provision(host, options, console)
    assert len(host.streamed) == 1
    assert "returns" not in console.shown


def test_a_lock_of_another_is_no_failure() -> None:
    host = FakeHost([WORKED, LOST, LOST], log="@ locked joe\n", status=75)
    with pytest.raises(Locked):
        provision(host, OPTIONS, FakeConsole())
    assert len(host.streamed) == 1


def test_a_host_that_is_well_stays_as_it_was_made() -> None:
    host = FakeHost([WORKED, HEALTHY])
    outcome = provision(host, OPTIONS, FakeConsole())
    assert (outcome.changed, len(host.streamed)) == (True, 1)


def test_what_nobody_agreed_to_on_a_host_that_works_stays_an_open_question() -> None:
    host = FakeHost([WORKED, read("half-blacklist-not-in-initramfs"), read("half-blacklist-not-in-initramfs")])
    with pytest.raises(NobodyToAsk, match="what was done before stands"):
        provision(host, OPTIONS, FakeConsole())
    assert len(host.streamed) == 1


def test_going_back_that_fails_is_said_with_what_to_do() -> None:
    host = FakeHost([WORKED, LOST, LOST, LOST], log=FAILED)
    with pytest.raises(StepFailed, match=r"(?s)Going back to what it was failed: .*rollback without --run lists"):
        provision(host, OPTIONS, FakeConsole())
