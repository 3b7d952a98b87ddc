"""No GPU's memory is held by something that nvidia-smi cannot name.

What a killed program leaves behind in the driver holds memory until the GPU is reset; one that lives in another
process namespace shows as "[Not Found]". Gigabytes of it make jobs fail that fitted before.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.query import Gpu
from checks.finding import Finding, by_hand, ok, skipped, warn
from checks.profiles.profile import Profile

RESTS_ON = ("nvidia_smi",)
AT_REST = 1024
"""MiB that a driver may keep for itself: drivers before 510 count what they reserve as used."""


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    gpus = [gpu for gpu in facts.smi.answering if gpu.number("FB Memory Usage/Used") is not None and not gpu.mig]
    found = [(gpu, said) for gpu in gpus if (said := _held(gpu))]
    for gpu, said in found:
        yield warn(
            said,
            why="a job that needs the whole memory fails, though the GPU looks idle",
            evidence=f"nvidia-smi -q: FB Memory Usage: Used {gpu.says('FB Memory Usage/Used')}; "
            f"{len(gpu.processes)} process(es) listed",
            remedy=by_hand(f"fuser -v /dev/nvidia*: end what still has it open; else nvidia-smi -r -i {gpu.address}"),
            subject=gpu.address,
        )
    if not gpus:
        yield skipped("not applicable: memory is counted by MIG instance")
    elif not found:
        yield ok(f"memory in use has a process to it on {len(gpus)} GPU(s)")


def _held(gpu: Gpu) -> str:
    used, total = gpu.number("FB Memory Usage/Used") or 0, gpu.number("FB Memory Usage/Total") or 0
    lost = [process for process in gpu.processes if "not found" in process.name.lower()]
    if lost:
        return f"process {lost[0].pid} uses the GPU, but there is no such process here"
    if not gpu.processes and used > max(AT_REST, total / 20):
        return f"{used:.0f} MiB of memory are in use without a process"
    return ""
