"""ECC corrects few errors: fewer than 10000 in SRAM and 20 million in DRAM since the driver was loaded.

Corrected errors cost nothing by themselves; very many announce the ones that cannot be corrected. The limits are those
of Azure's health checks for H100 (azurehpc-health-checks, csc_nvidia_smi and its configuration).
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, ok, skipped, warn
from checks.profiles.profile import Profile

RESTS_ON = ("nvidia_smi",)
LIMITS = (
    (("SRAM Correctable", "Single Bit/Register File", "Single Bit/L1 Cache", "Single Bit/L2 Cache"), 10_000, "SRAM"),
    (("DRAM Correctable", "Single Bit/Device Memory"), 20_000_000, "DRAM"),
)
"""Fields of new and of old drivers, how many are still nothing to speak of, and where they are counted."""


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    counted = high = 0
    for gpu in facts.smi.answering:
        for paths, limit, memory in LIMITS:
            count = gpu.total(*(f"ECC Errors/Volatile/{path}" for path in paths))
            if count is None:
                continue
            counted += 1
            if count > limit:
                high += 1
                yield warn(
                    f"{count:.0f} corrected errors in {memory}",
                    why="so many announce errors that cannot be corrected; the GPU still computes rightly",
                    evidence=f"nvidia-smi -q: ECC Errors: Volatile: {paths[0]} {count:.0f}",
                    remedy=by_hand("watch it: if the count keeps growing, have the GPU tested (dcgmi diag -r 3)"),
                    subject=gpu.address,
                )
    if not counted:
        yield skipped("not applicable: these GPUs count no ECC errors")
    elif not high:
        yield ok("few memory errors, if any, were corrected")
