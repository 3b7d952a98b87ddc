"""The host has as much memory as the profile expects.

A module that the firmware left out after an error is missed by nobody until a job that has always fitted is killed.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok, skipped
from checks.profiles.profile import Profile

RESTS_ON = ()
GIB = 1024**3
KEPT = 0.93
"""What the kernel counts of the memory that is built in: firmware and crash kernel keep the rest."""


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    want, have = profile.expect.memory, facts.machine.ram
    if not want:
        yield skipped("not applicable: the profile does not say how much memory there should be")
    elif not have:
        yield skipped("the probe that made this recording did not ask for the memory's size")
    elif have < want * GIB * KEPT:
        yield fail(
            f"{have / GIB:.0f} GiB of memory, {want} expected",
            why="jobs that fitted are killed; a module was left out by the firmware, or taken away",
            evidence=f"/proc/meminfo: MemTotal: {have // 1024} kB; the profile: expect.memory = {want}",
            remedy=by_hand("dmidecode -t memory names the slots that are empty; read the BMC's event log"),
        )
    else:
        yield ok(f"{have / GIB:.0f} GiB of memory, {want} expected")
