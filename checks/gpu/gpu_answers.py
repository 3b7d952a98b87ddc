"""The driver reaches every GPU that it lists: nvidia-smi prints a value in each field.

A GPU that was lost, or that waits for a reset, stays in the list; errors stand in place of its values, and every
program that opens it fails.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.query import Gpu
from checks.facts.trouble import blamed
from checks.finding import Finding, by_hand, fail, ok
from checks.profiles.profile import Profile

RESTS_ON = ("nvidia_smi",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    known = blamed(facts)
    broken = [gpu for gpu in facts.smi.gpus if gpu.error and gpu.address not in known]
    for gpu in broken:
        yield fail(
            f"the driver does not reach the GPU: {gpu.error.rpartition(': ')[2]}",
            why="every program that opens this GPU fails, and so may one that opens all of them",
            evidence=f"nvidia-smi -q: {gpu.error}",
            remedy=by_hand(_remedy(gpu)),
            subject=gpu.address,
        )
    if not broken:
        yield ok(f"nvidia-smi reads every field of {len(facts.smi.gpus)} GPU(s)")


def _remedy(gpu: Gpu) -> str:
    if "reset" in gpu.error.lower():
        return f"end what uses the GPU, then reset it: nvidia-smi -r -i {gpu.address}"
    return "drain the host and reboot it; if the GPU is lost again, look at its seating, power and slot"
