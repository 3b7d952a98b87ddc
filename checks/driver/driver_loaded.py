"""The NVIDIA module is loaded and drives every GPU on the bus.

Until it is, there is no GPU for any program, whatever is installed.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok, provision
from checks.profiles.profile import Profile

RESTS_ON = ("gpu_on_bus", "gpu_supported", "nouveau", "driver_built")


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    module = facts.modules.get("nvidia")
    if module is None:
        yield fail(
            "the NVIDIA module is not loaded",
            why="no program can use a GPU without it",
            evidence="there is no /sys/module/nvidia",
            remedy=provision("driver"),
        )
        return
    idle = [gpu for gpu in facts.pci.gpus if gpu.driver != "nvidia"]
    for gpu in idle:
        yield fail(
            f"the NVIDIA module is loaded but does not drive this GPU ({gpu.driver or 'nothing does'})",
            why="this GPU is missing for every program",
            evidence=facts.pci.line(gpu),
            remedy=by_hand("read the kernel log: dmesg | grep -i nvrm"),
            subject=gpu.address,
        )
    if not idle:
        yield ok(f"the NVIDIA module {module.version} drives {len(facts.pci.gpus)} GPU(s)")
