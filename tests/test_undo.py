"""Taking runs back: newest first, only what was done, and what cannot be taken back is left alone."""

from __future__ import annotations

from checks.facts.runs import Run, RunStep
from provision.undo import listing, scripts

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
