"""Taking runs back: newest first, only what was done, and what cannot be taken back is left alone."""

from __future__ import annotations

from checks.facts.reading import Reading
from checks.facts.recording import Recording
from checks.facts.runs import Run, RunStep
from provision.undo import listing, scripts, take_back
from tests.hosts import read
from tests.test_apply import HEALTHY, FakeConsole, FakeHost

RUNS = (
    Run(
        "20260101T000000-aaaa",
        "ended",
        "me@here",
        (RunStep("01", "done", reboot=False, title="one"), RunStep("02", "final", reboot=False, title="two")),
    ),
    Run(
        "20260102T000000-bbbb",
        "ended",
        "me@here",
        (
            RunStep("01", "done", reboot=True, title="three"),
            RunStep("02", "undone", reboot=False, title="four"),
            RunStep("03", "begun", reboot=False, title="five"),
            RunStep("04", "waiting", reboot=False, title="six"),
        ),
    ),
)


def test_newest_first_and_only_what_left_something() -> None:
    assert [script.title for script in scripts(RUNS)] == ["undo: five", "undo: three", "undo: one"]


def test_an_undo_runs_in_the_directory_of_the_run_that_it_takes_back() -> None:
    last = scripts(RUNS)[0]
    assert last.script.startswith("RUN=/var/lib/gpuwright/runs/20260102T000000-bbbb STEP=03\n")
    assert last.undoes == "/var/lib/gpuwright/runs/20260102T000000-bbbb/03"
    assert scripts(RUNS)[1].reboot


def test_the_listing_says_who_did_what() -> None:
    assert listing("gpu01", ()) == "gpu01: no runs are recorded here\n"
    assert "20260102T000000-bbbb  ended    me@here\n    01 done     three\n" in listing("gpu01", RUNS)


TAKEN = Recording(
    {
        **HEALTHY.readings,
        "runs": Reading(0, "run 20260101T000000-aaaa ended me@here\nstep 01 done no one\nstep 02 final no two\n"),
    }
)
BACK = Recording({**read("fails-driver_loaded").readings, "runs": Reading(0, "")})


def taken_back(host: FakeHost, run: str = "20260101T000000-aaaa") -> str:
    console = FakeConsole()
    take_back(host, console, run=run, everything=False, yes=True, dry_run=False, reboot=True)
    return console.shown


def test_taking_a_run_back_compares_the_doctor_before_and_after() -> None:
    host = FakeHost([TAKEN, BACK, BACK])
    said = taken_back(host)
    assert "  1. undo: one\nDoctor" not in said
    assert "Doctor of gpu01: before: " in said
    assert "  broken  driver_loaded: the NVIDIA module is not loaded" in said
    assert host.reboots == []


def test_without_a_run_nothing_is_examined_and_nothing_done() -> None:
    host = FakeHost([TAKEN])
    assert taken_back(host, "").startswith("20260101T000000-aaaa  ended    me@here\n")
    assert host.streamed == []


def test_a_driver_that_was_in_use_and_stayed_needs_a_reboot_to_be_the_old_one() -> None:
    stayed = Recording({**read("fails-driver_mismatch").readings, "runs": Reading(0, "")})
    host = FakeHost([TAKEN, stayed, TAKEN])
    said = taken_back(host)
    assert "gpu01: rebooting: driver 535.309.01 is in use, and its libraries are 535.288.01 again" in said
    assert len(host.reboots) == 1


def test_a_profile_on_the_host_that_cannot_be_read_keeps_nobody_from_taking_back() -> None:
    broken = Recording({**TAKEN.readings, "applied": Reading(0, "[nonsense\n")})
    assert "taken back" in taken_back(FakeHost([TAKEN, broken, broken]))
