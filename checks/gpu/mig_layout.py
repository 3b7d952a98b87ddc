"""The GPUs are divided (MIG) as the profile says, and will be so after the next boot.

MIG devices last until a reset or a reboot, on every model; from Hopper on the mode does, too (NVIDIA MIG User Guide,
Getting Started with MIG).
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok, provision, skipped, warn
from checks.profiles import mig
from checks.profiles.profile import Profile

RESTS_ON = ("nvidia_smi",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    if not mig.asked(profile):
        yield skipped("not applicable: the profile says nothing of MIG")
        return
    if why := mig.unmeant(facts, profile):
        yield fail(
            f"the profile's division cannot be: {why}",
            why="nothing is divided until the profile says what these GPUs can be",
            evidence=why,
            remedy=by_hand("change [mig] of the profile"),
        )
        return
    differing = mig.differing(facts, profile)
    for want, why in differing:
        yield fail(
            f"GPU {want.index} is not divided as the profile says: {why}",
            why="jobs and pods that ask for those MIG devices, or for a whole GPU, do not get them",
            evidence=f"nvidia-smi -L, -q: {want.device.address}: {why}; wanted: {want.line}",
            remedy=provision("mig"),
            subject=want.device.address,
        )
    if why := mig.unit_lacks(facts, profile):
        yield warn(
            why,
            why="MIG devices are gone after it, and with them what jobs and pods ask for",
            evidence=f"{mig.UNIT} {'enabled' if facts.mig.enabled else 'not enabled'}; {len(facts.mig.layout)} line(s)",
            remedy=provision("mig"),
            when="next boot",
        )
    elif not differing:
        wanted = mig.wanted(facts, profile)
        yield ok(f"{len(wanted)} GPU(s) are divided as the profile says, now and at each boot")
