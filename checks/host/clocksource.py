"""On bare metal the kernel reads the time from the processor (tsc), not from a slow chip.

A kernel that found the tsc unstable falls back to hpet or acpi_pm: each reading then takes microseconds, and programs
that ask often (NCCL, profilers, schedulers) run visibly slower.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, ok, warn
from checks.profiles.profile import Profile

RESTS_ON = ()


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    machine = facts.machine
    if machine.virtual or machine.container or not machine.clocksource:
        yield ok(f"the clock source is {machine.clocksource or 'not said'}")
    elif machine.clocksource in ("hpet", "acpi_pm", "jiffies", "refined-jiffies"):
        yield warn(
            f"the clock source is {machine.clocksource}",
            why="reading the time takes microseconds in place of nanoseconds",
            evidence=f"/sys/devices/system/clocksource/clocksource0/current_clocksource: {machine.clocksource}",
            remedy=by_hand(
                "look for 'Marking TSC unstable' in the kernel log: firmware update, or tsc=reliable if it is wrong"
            ),
        )
    else:
        yield ok(f"the clock source is {machine.clocksource}")
