"""No row of a GPU's memory waits to be remapped, and none could not be (GPUs from Ampere on).

A row with an uncorrectable error is replaced by a spare at the next reset. When a bank has no spare left the remapping
fails, and NVIDIA replaces the board (GPU Memory Error Management, "row remapping").
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.query import Gpu
from checks.finding import Finding, by_hand, fail, ok, skipped, warn
from checks.profiles.profile import Profile

RESTS_ON = ("nvidia_smi",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    gpus = [gpu for gpu in facts.smi.answering if gpu.says("Remapped Rows/Pending")]
    found = [finding for gpu in gpus for finding in _of(gpu)]
    yield from found
    if not gpus:
        yield skipped(facts.smi.unreported("remapped rows"))
    elif not found:
        yield ok(f"no row waits to be remapped on {len(gpus)} GPU(s)")


def _of(gpu: Gpu) -> Iterator[Finding]:
    uncorrectable = gpu.number("Remapped Rows/Uncorrectable Error") or 0
    if gpu.says("Remapped Rows/Remapping Failure Occurred") == "Yes":
        yield fail(
            "a bad row of the GPU's memory could not be remapped",
            why="its bank has no spare row left: the error stays and comes back",
            evidence=f"nvidia-smi -q: Remapped Rows: Remapping Failure Occurred Yes, {uncorrectable:.0f} remapped",
            remedy=by_hand("take the host out of service and have the GPU replaced"),
            subject=gpu.address,
        )
    elif gpu.says("Remapped Rows/Pending") == "Yes":
        yield warn(
            "a row of the GPU's memory waits to be remapped",
            why="the bad row is in use until the GPU is reset; more errors may come from it",
            evidence=f"nvidia-smi -q: Remapped Rows: Pending Yes, {uncorrectable:.0f} remapped so far",
            remedy=by_hand(f"drain the GPU and reset it: nvidia-smi -r -i {gpu.address}"),
            subject=gpu.address,
        )
