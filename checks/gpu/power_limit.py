"""No GPU's power limit is below the board's default.

A lower limit is set on purpose now and then, and outlives its purpose: that GPU then is slower than its twins.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.query import Gpu
from checks.finding import Finding, by_hand, ok, skipped, warn
from checks.profiles.profile import Profile

RESTS_ON = ("nvidia_smi",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    gpus = [gpu for gpu in facts.smi.answering if _limit(gpu, "Default") is not None]
    capped = [gpu for gpu in gpus if (_limit(gpu, "Enforced", "Current") or 0) < (_limit(gpu, "Default") or 0)]
    for gpu in capped:
        now, default = _limit(gpu, "Enforced", "Current") or 0, _limit(gpu, "Default") or 0
        yield warn(
            f"the power limit is {now:.0f} W, the board's default is {default:.0f} W",
            why="the GPU is slower than it could be, and a job over several GPUs goes at the pace of the slowest",
            evidence=f"nvidia-smi -q: Power Limit {now:.2f} W, Default Power Limit {default:.2f} W",
            remedy=by_hand(f"if nobody wants it so: nvidia-smi -i {gpu.address} -pl {default:.0f}"),
            subject=gpu.address,
        )
    if not gpus:
        yield skipped(facts.smi.unreported("a power limit"))
    elif not capped:
        yield ok(f"no power limit below the default on {len(gpus)} GPU(s)")


def _limit(gpu: Gpu, *kinds: str) -> float | None:
    sections = ("GPU Power Readings/GPU Ceiling Power Limit", "GPU Power Readings", "Power Readings")
    return gpu.number(*(f"{section}/{kind} Power Limit" for kind in kinds for section in sections))
