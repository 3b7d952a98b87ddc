"""ECC is on where the GPU has it, and no change of it is waiting for a reset.

Without ECC a flipped bit is a wrong result that nobody notices; a change that was asked for takes effect only when the
GPU is reset, so that hosts set up alike differ until then.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, ok, skipped, warn
from checks.profiles.profile import Profile

RESTS_ON = ("nvidia_smi",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    modes = [
        (gpu, gpu.says("ECC Mode/Current"), gpu.says("ECC Mode/Pending"))
        for gpu in facts.smi.answering
        if gpu.says("ECC Mode/Current")
    ]
    for gpu, current, pending in modes:
        if pending and pending != current:
            yield warn(
                f"ECC is {current.lower()} and becomes {pending.lower()}",
                why="somebody asked for it; until then this GPU differs from what was set",
                evidence=f"nvidia-smi -q: ECC Mode: Current {current}, Pending {pending}",
                remedy=by_hand(f"end what uses the GPU, then reset it: nvidia-smi -r -i {gpu.address}"),
                when="next reset",
                subject=gpu.address,
            )
        elif current == "Disabled":
            yield warn(
                "ECC is off",
                why="a flipped bit in the GPU's memory becomes a wrong result that nobody notices",
                evidence="nvidia-smi -q: ECC Mode: Current Disabled",
                remedy=by_hand(f"nvidia-smi -i {gpu.address} -e 1, then reset the GPU or reboot"),
                subject=gpu.address,
            )
    if not modes:
        yield skipped("not applicable: these GPUs have no ECC")
    elif all(current == "Enabled" == pending for _, current, pending in modes):
        yield ok(f"ECC is on for {len(modes)} GPU(s)")
