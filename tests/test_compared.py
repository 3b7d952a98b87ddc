"""Two examinations of a host: what broke between them, and what cannot have."""

from __future__ import annotations

import pytest

from checks.examine import examine
from checks.finding import Finding, fail, ok, skipped, unknown, warn
from provision.compared import as_text, compared, counted, worked
from tests.hosts import DEBIAN, HEALTHY, NAMES, facts


def found(**findings: Finding) -> list[Finding]:
    """Findings, each signed by its check."""
    return [finding.of(check, "driver") for check, finding in findings.items()]


BAD = fail("it is broken", why="", remedy=None)
WATCH = warn("it will break", why="", remedy=None)


@pytest.mark.parametrize(
    ("before", "after", "broken", "mended"),
    [
        (ok("well"), BAD, ["driver"], []),
        (WATCH, BAD, ["driver"], []),
        (ok("well"), unknown("late"), ["driver"], []),
        (ok("well"), WATCH, [], []),
        (BAD, ok("well"), [], ["driver"]),
        (BAD, BAD, [], []),
        (BAD, skipped("rests on a cause", "module"), [], []),
        (skipped("rested on a cause", "module"), BAD, [], []),
        (unknown("late"), BAD, [], []),
        (ok("well"), skipped("rests on a cause", "module"), [], []),
    ],
    ids=str,
)
def test_broken_is_what_was_seen_well(before: Finding, after: Finding, broken: list[str], mended: list[str]) -> None:
    seen = compared(found(driver=before), found(driver=after))
    assert [finding.check for finding in seen.broken] == broken
    assert [finding.check for finding in seen.mended] == mended


def test_another_gpu_and_another_xid_are_other_troubles() -> None:
    first = fail("Xid 79, fell off the bus", why="", remedy=None, subject="0000:3b:00.0").of("xid", "gpu")
    same = fail("Xid 79, again", why="", remedy=None, subject="0000:3b:00.0").of("xid", "gpu")
    other = fail("Xid 48, memory", why="", remedy=None, subject="0000:3b:00.0").of("xid", "gpu")
    elsewhere = fail("Xid 79, fell off the bus", why="", remedy=None, subject="0000:af:00.0").of("xid", "gpu")
    assert compared([first], [same, other, elsewhere]).broken == (other, elsewhere)


def test_only_a_host_whose_gpus_answered_has_something_to_go_back_to() -> None:
    assert worked(examine(facts(HEALTHY), DEBIAN))
    unwell = [name for name in NAMES if name.startswith(("bare-", "stuck-"))]
    assert [name for name in unwell if worked(examine(facts(name), DEBIAN))] == []
    assert not worked([])


def test_the_text_has_each_look_and_what_became_of_what() -> None:
    before, after = found(driver=ok("well"), disk=BAD), found(driver=BAD, disk=ok("well"))
    assert as_text("gpu01", [("before", before), ("after", after)]) == (
        "Doctor of gpu01: before: 1 failed, 1 ok; after: 1 failed, 1 ok\n"
        "  broken  driver: it is broken\n"
        "  mended  disk: was it is broken\n"
    )
    assert as_text("gpu01", [("before", before), ("now", before)]).endswith("nothing is otherwise\n")
    assert counted(found(a=ok(""), b=WATCH, c=unknown(""), d=skipped(""))) == "1 unknown, 1 to watch, 1 ok"
