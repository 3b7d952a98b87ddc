"""The kernel has left no record of a panic in the last week.

The firmware's store (pstore) and kdump keep its last words over the reboot; nobody looks there.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone

from checks.facts import Facts
from checks.finding import Finding, by_hand, ok, warn
from checks.profiles.profile import Profile

RESTS_ON = ()
WEEK = 7 * 24 * 3600


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    now = facts.host.time
    recent = [(time, file) for time, file in facts.boots.panics if time > now - WEEK]
    if not recent:
        yield ok("no record of a panic in the last week")
        return
    time, file = max(recent)
    when = datetime.fromtimestamp(time, tz=timezone.utc).strftime("%Y-%m-%d %H:%M")
    yield warn(
        f"the kernel panicked on {when} UTC",
        why="the same may happen again; what it said last names the driver or the hardware",
        evidence=f"{file}" + (f" and {len(recent) - 1} more" if len(recent) > 1 else ""),
        remedy=by_hand(f"read {file}: look for nvidia, NVRM, mce and 'Kernel panic'"),
    )
