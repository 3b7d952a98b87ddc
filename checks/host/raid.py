"""No md array has lost a drive.

An array that goes on with one drive fewer has nothing left to lose; one that is inactive is not there at all, and what
is mounted from it is missing.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok, skipped, warn
from checks.profiles.profile import Profile

RESTS_ON = ()


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    arrays = facts.storage.arrays
    bad = [array for array in arrays if array.state == "inactive" or "_" in array.disks]
    for array in bad:
        gone = array.state == "inactive"
        yield (fail if gone else warn)(
            f"the array {array.name} is inactive" if gone else f"the array {array.name} lacks a drive",
            why="what lies on it cannot be read" if gone else "the next drive that fails takes the data with it",
            evidence=f"/proc/mdstat: {array.name}: {array.state} {array.disks} {array.doing}".rstrip(),
            remedy=by_hand("let it finish: cat /proc/mdstat" if array.doing else f"mdadm --detail /dev/{array.name}"),
            subject=array.name,
        )
    if not arrays:
        yield skipped("not applicable: no md array")
    elif not bad:
        yield ok(f"{len(arrays)} array(s) have all their drives")
