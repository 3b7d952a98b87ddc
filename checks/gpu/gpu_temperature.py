"""Every GPU is more than five degrees below the temperature at which it slows down.

New GPUs give the margin itself (T.Limit), older ones the temperature and the limit; both are the board's own.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.query import Gpu
from checks.finding import Finding, by_hand, fail, ok, skipped, warn
from checks.profiles.profile import Profile

RESTS_ON = ("nvidia_smi",)
CLOSE = 5
AIR = "check fans, air flow and the temperature of the air that goes in; compare with the GPUs beside it"


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    margins = [(gpu, margin) for gpu in facts.smi.answering if (margin := _margin(gpu)) is not None]
    for gpu, margin in margins:
        now = gpu.says("Temperature/GPU Current Temp")
        if margin <= 0:
            yield fail(
                f"the GPU is so hot that it slows down ({now})",
                why="it runs at a fraction of its speed, and switches itself off a few degrees later",
                evidence=f"nvidia-smi -q: Temperature: GPU Current Temp {now}, {-margin:.0f} C over the limit",
                remedy=by_hand(AIR),
                subject=gpu.address,
            )
        elif margin <= CLOSE:
            yield warn(
                f"the GPU is {margin:.0f} C below the temperature at which it slows down",
                why="a little more load or a warmer room slows it down",
                evidence=f"nvidia-smi -q: Temperature: GPU Current Temp {now}",
                remedy=by_hand(AIR),
                subject=gpu.address,
            )
    if not margins:
        yield skipped(facts.smi.unreported("a temperature limit"))
    elif min(margin for _, margin in margins) > CLOSE:
        yield ok(f"the hottest GPU is {min(margin for _, margin in margins):.0f} C below its limit")


def _margin(gpu: Gpu) -> float | None:
    """Degrees below the slowdown temperature."""
    left = gpu.number("Temperature/GPU T.Limit Temp", "Temperature/GPU Current T.Limit Temp")
    if left is not None:
        return left - (gpu.number("Temperature/GPU Slowdown T.Limit Temp") or 0)
    now, limit = gpu.number("Temperature/GPU Current Temp"), gpu.number("Temperature/GPU Slowdown Temp")
    return None if now is None or limit is None else limit - now
