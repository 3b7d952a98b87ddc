"""The processor's frequency governor does not hold it at its lowest clock.

`powersave` of intel_pstate and amd-pstate adapts to the load; that of every other driver does not, and everything
that feeds the GPUs runs at a fraction of its speed.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, ok, warn
from checks.profiles.profile import Profile

RESTS_ON = ()


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    machine = facts.machine
    slow = "powersave" in machine.governors and not machine.frequency_driver.startswith(
        ("intel_pstate", "amd-pstate", "amd_pstate")
    )
    if slow:
        yield warn(
            f"the frequency governor is powersave, of {machine.frequency_driver or 'an unnamed driver'}",
            why="the processors stay at their lowest frequency, whatever the load",
            evidence=f"/sys/devices/system/cpu/cpu*/cpufreq/scaling_governor: {', '.join(machine.governors)}",
            remedy=by_hand(
                "cpupower frequency-set -g performance (or schedutil), and tuned or a unit for the next boot"
            ),
        )
    else:
        yield ok(f"frequency governors: {', '.join(machine.governors) or 'none'}")
