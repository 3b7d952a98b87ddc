"""The NVIDIA module is loaded.

Until it is, there is no GPU for any program, whatever is installed.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, fail, ok, provision, skipped
from checks.profiles import wants
from checks.profiles.profile import Profile

RESTS_ON = ("gpu_on_bus", "gpu_supported", "nouveau", "driver_built")


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    module = facts.modules.get("nvidia")
    if cause := wants.cannot_load(facts, profile):
        yield skipped("not loaded, and cannot be", cause[0])
    elif module is None:
        yield fail(
            "the NVIDIA module is not loaded",
            why="no program can use a GPU without it",
            evidence="there is no /sys/module/nvidia",
            remedy=provision("driver"),
        )
    else:
        yield ok(f"the NVIDIA module {module.version} is loaded")
