"""Few memory pages of a GPU are retired, and none waits to be (GPUs before Ampere).

A page with an uncorrectable error, or with two corrected ones, is taken out of use at the next load of the driver. A
board takes 64; from 60 on NVIDIA replaces it (Dynamic Page Retirement, "RMA policy").
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok, skipped, warn
from checks.profiles.profile import Profile

RESTS_ON = ("nvidia_smi",)
REPLACED_FROM = 60


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    reporting = bad = 0
    for gpu in facts.smi.answering:
        count = gpu.total("Retired Pages/Single Bit ECC", "Retired Pages/Double Bit ECC")
        if count is None:
            continue
        reporting += 1
        pending = gpu.says("Retired Pages/Pending Page Blacklist", "Retired Pages/Pending") == "Yes"
        evidence = f"nvidia-smi -q: Retired Pages: {count:.0f}, pending {'Yes' if pending else 'No'}"
        bad += pending or count >= REPLACED_FROM
        if count >= REPLACED_FROM:
            yield fail(
                f"{count:.0f} retired memory pages",
                why="the table holds 64: the next bad page stays in use",
                evidence=evidence,
                remedy=by_hand("take the host out of service and have the GPU replaced"),
                subject=gpu.address,
            )
        elif pending:
            yield warn(
                "a memory page waits to be retired",
                why="programs still get the bad page until the driver is loaded anew",
                evidence=evidence,
                remedy=by_hand("drain the host, then reboot it, or unload and load the driver"),
                subject=gpu.address,
            )
    if not reporting:
        yield skipped("not applicable: these GPUs remap rows instead of retiring pages")
    elif not bad:
        yield ok(f"few pages are retired, and none waits to be, on {reporting} GPU(s)")
