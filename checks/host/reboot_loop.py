"""The host does not boot again and again.

Several boots within an hour that nobody asked for come from a panic, a watchdog, a power supply, or a machine check.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone

from checks.facts import Facts
from checks.finding import Finding, by_hand, ok, warn
from checks.profiles.profile import Profile

RESTS_ON = ()
HOUR = 3600
MANY = 4


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    now, boots = facts.host.time, facts.boots.boots
    recent = [boot for boot in boots if now - HOUR <= boot.began <= now]
    if len(recent) < MANY:
        yield ok(f"{len(boots)} boot(s) in the journal, {len(recent)} of them within the last hour")
        return
    times = ", ".join(datetime.fromtimestamp(boot.began, tz=timezone.utc).strftime("%H:%M") for boot in recent)
    yield warn(
        f"the host has booted {len(recent)} times within an hour",
        why="something makes it reboot: a panic, a watchdog, power, or a machine check",
        evidence=f"journalctl --list-boots: {times} UTC",
        remedy=by_hand(
            "journalctl -b -1 -e shows the end of the boot before; then the BMC's event log and /sys/fs/pstore"
        ),
    )
