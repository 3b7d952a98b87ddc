"""The board's own controller (BMC) has logged nothing bad in the last week that is not over.

It sees what the host does not: a power supply without current, a fan that stands still, a memory module that was
switched off.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, ok, skipped, warn
from checks.profiles.profile import Profile

RESTS_ON = ()
WEEK = 7 * 24 * 3600
BAD = re.compile(
    r"AC lost|power supply.*fail|failure detected|redundancy (lost|degraded)|uncorrectable|bus fatal|\bSERR\b|\bPERR\b"
    r"|critical interrupt|throttled|non-recoverable|fan.*lower|thermal trip|going (high|low)|\bIERR\b|MCA",
    re.IGNORECASE,
)
"""What facebookresearch/gcm looks for in the log, and what IPMI 2.0 (table 42) calls thresholds that were crossed."""


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    bmc, now = facts.bmc, facts.host.time
    if bmc.missing:
        yield skipped(bmc.missing)
        return
    open_ = {(event.sensor, event.text): event for event in bmc.events if BAD.search(f"{event.sensor} {event.text}")}
    bad = [event for event in open_.values() if event.asserted and now - event.time < WEEK]
    if not bad:
        yield ok(f"{len(bmc.events)} events in the BMC's log, none bad and new")
        return
    yield warn(
        f"the BMC has logged: {bad[-1].sensor}: {bad[-1].text}" + (f", and {len(bad) - 1} more" if bad[1:] else ""),
        why="power, cooling or memory of the host fails: GPUs slow down, or the host stops",
        evidence="ipmitool sel list: " + "; ".join(f"{event.sensor}: {event.text}" for event in bad[:4]),
        remedy=by_hand("ipmitool sel elist last 20; ipmitool sdr list: replace what it names"),
    )
