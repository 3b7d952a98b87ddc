"""Every NVLink of a GPU that uses NVLink is up.

A link that is down halves or breaks what jobs over several GPUs count on; they then go over PCIe, or die. Cards
without a bridge have all links down, and that is as it should be.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts, nvlink
from checks.finding import Finding, by_hand, fail, ok, skipped
from checks.profiles.profile import Profile

RESTS_ON = ("nvidia_smi", "sxid", "fabric_state")


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    linked = [gpu for gpu in facts.nvlink.gpus if any(speed for _, speed in gpu.speeds)]
    dark = [gpu for gpu in facts.nvlink.gpus if not any(speed for _, speed in gpu.speeds) and "MIG" not in gpu.said]
    partly = [gpu for gpu in linked if gpu.down]
    switched = nvlink.expected_switches(facts.pci) > 0
    for gpu in [*partly, *(dark if switched or (linked and not partly) else [])]:
        which = ", ".join(str(number) for number in gpu.down) or "all"
        yield fail(
            f"NVLink down on {gpu.name}: {which}",
            why="jobs over several GPUs are slow, or die",
            evidence=f"nvidia-smi nvlink -s: {gpu.name}: " + (gpu.said or f"link {which} inactive"),
            remedy=by_hand("restart the fabric manager while no job runs, reset the GPUs together"),
        )
    if not linked and not switched:
        yield skipped("not applicable: no NVLink in use")
    elif not partly and not (dark and linked) and not (dark and switched):
        yield ok(f"all links of {len(linked)} GPU(s) are up")
