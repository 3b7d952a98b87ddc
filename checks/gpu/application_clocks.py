"""No GPU's application clocks are set below its default.

Somebody's `nvidia-smi -ac` stays until the driver is loaded anew: each later job runs slower, at full load and with no
error.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.query import Gpu
from checks.finding import Finding, Remedy, by_command, by_hand, ok, skipped, warn
from checks.profiles.profile import Profile

RESTS_ON = ("nvidia_smi",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    gpus = [(gpu, *_clocks(gpu)) for gpu in facts.smi.answering]
    told = [each for each in gpus if each[1] and each[2]]
    low = [(gpu, now, usual) for gpu, now, usual in told if now < usual]
    for gpu, now, usual in low:
        yield warn(
            f"application clock {now:.0f} MHz, its default is {usual:.0f}",
            why="every job on it is slower by that much",
            evidence=f"nvidia-smi -q: Applications Clocks: Graphics {now:.0f} MHz, default {usual:.0f} MHz",
            remedy=_reset(gpu),
            subject=gpu.address,
        )
    if not told:
        yield skipped(facts.smi.unreported("application clocks"))
    elif not low:
        yield ok(f"{len(told)} GPU(s) have their default application clocks")


def _clocks(gpu: Gpu) -> tuple[float, float]:
    return gpu.number("Applications Clocks/Graphics") or 0, gpu.number("Default Applications Clocks/Graphics") or 0


def _reset(gpu: Gpu) -> Remedy:
    """Back to the default; undone by setting what was set."""
    memory, graphics = (gpu.number(f"Applications Clocks/{which}") for which in ("Memory", "Graphics"))
    command = f"nvidia-smi -i {gpu.address} -rac"
    if not memory or not graphics:
        return by_hand(command)
    return by_command(command, undo=f"nvidia-smi -i {gpu.address} -ac {memory:.0f},{graphics:.0f}")
