"""No GPU is slowed down by heat, by its power supply or by the board.

Idle, clocks that somebody set, the power cap and synchronised boost are ordinary reasons for low clocks. Drivers before
535 call these throttle reasons, and those before 384 have the one for the hardware only.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.query import Gpu
from checks.finding import Finding, by_hand, fail, ok, skipped, warn
from checks.profiles.profile import Profile

RESTS_ON = ("nvidia_smi", "gpu_temperature")
REASONS = {
    "HW Thermal Slowdown": ("it runs at half its clock or less until it is cooler", "check fans and air flow"),
    "HW Power Brake Slowdown": (
        "the chassis or the power supply tells it to brake; it runs at half its clock or less",
        "check the power supplies and the BMC's event log, and the power cables of the board",
    ),
    "HW Slowdown": (
        "the board brakes it for heat or power; it runs at half its clock or less",
        "check fans, air flow, power supplies and the BMC's event log",
    ),
    "SW Thermal Slowdown": (
        "the driver lowers its clock to keep it below its temperature limit",
        "check fans and air flow",
    ),
}
"""The reasons that are faults, the most precise first: why they matter, and what to look at."""


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    gpus = [gpu for gpu in facts.smi.answering if _state(gpu, "HW Slowdown")]
    slowed = [(gpu, reason) for gpu in gpus if (reason := next((r for r in REASONS if _state(gpu, r) == "Active"), ""))]
    for gpu, reason in slowed:
        why, remedy = REASONS[reason]
        say = warn if reason.startswith("SW") else fail
        yield say(
            f"the GPU is slowed down: {reason}",
            why=why,
            evidence=f"nvidia-smi -q: Clocks Event Reasons: {reason} Active",
            remedy=by_hand(remedy),
            subject=gpu.address,
        )
    if not gpus:
        yield skipped(facts.smi.unreported("why clocks are low"))
    elif not slowed:
        yield ok(f"nothing slows {len(gpus)} GPU(s) down")


def _state(gpu: Gpu, reason: str) -> str:
    inner = f"HW Slowdown/{reason}"
    sections = ("Clocks Event Reasons", "Clocks Throttle Reasons")
    return gpu.says(*(f"{section}/{name}" for section in sections for name in (reason, inner)))
