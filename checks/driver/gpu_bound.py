"""The loaded NVIDIA module drives every GPU on the bus.

A GPU that it does not drive is missing for every program, while the others work.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.reading import Unknown
from checks.finding import Finding, by_hand, fail, ok
from checks.profiles.profile import Profile

RESTS_ON = ("driver_loaded",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    idle = [gpu for gpu in facts.pci.gpus if gpu.driver != "nvidia"]
    for gpu in idle:
        yield fail(
            f"the NVIDIA module is loaded but does not drive this GPU ({gpu.driver or 'nothing does'})",
            why="this GPU is missing for every program",
            evidence="; ".join([facts.pci.line(gpu), *_said(facts)]),
            remedy=by_hand("read the kernel log: dmesg | grep -i nvrm"),
            subject=gpu.address,
        )
    if not idle:
        yield ok(f"the NVIDIA module drives {len(facts.pci.gpus)} GPU(s)")


def _said(facts: Facts) -> list[str]:
    """What the module said as it looked for its GPUs, where the kernel log can be read."""
    try:
        lines = facts.kernel_log.matching("probe routine was not called|is not supported by")
    except Unknown:
        return []
    return [line.proof for line in lines[-1:]]
