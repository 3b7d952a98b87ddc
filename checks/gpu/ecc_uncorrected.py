"""No GPU has met a memory error that ECC could not correct since the driver was loaded, and none has met too many ever.

Such an error ends the programs whose data it hit. "Too many" is the driver's own mark for SRAM (since branch 550), or
more than four in the board's life, which vendors take as a reason to replace it (Stas Bekman, ML Engineering,
"Debugging NVIDIA GPUs"). Volatile counts begin anew with each load of the driver; DCGM drains and resets on the first.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.query import Gpu
from checks.facts.trouble import blamed
from checks.finding import Finding, by_hand, fail, ok, skipped
from checks.profiles.profile import Profile

RESTS_ON = ("nvidia_smi",)
LIFETIME_SRAM = 4
"""Uncorrected SRAM errors in a board's life above which it is replaced."""


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    gpus = [gpu for gpu in facts.smi.answering if _count(gpu, "Volatile") is not None]
    known = blamed(facts)
    found = [finding for gpu in gpus if gpu.address not in known for finding in _of(gpu)]
    yield from found
    if not gpus:
        yield skipped("not applicable: these GPUs count no ECC errors")
    elif not found:
        yield ok(f"no uncorrected memory error on {len(gpus)} GPU(s)")


def _of(gpu: Gpu) -> Iterator[Finding]:
    lately, ever = _count(gpu, "Volatile") or 0, _sram(gpu, "Aggregate") or 0
    if gpu.says("ECC Errors/Aggregate/SRAM Threshold Exceeded") == "Yes" or ever > LIFETIME_SRAM:
        yield fail(
            f"too many uncorrected errors in the GPU's SRAM ({ever:.0f} in its life)",
            why="the chip itself is failing; programs on it die or compute wrongly",
            evidence=f"nvidia-smi -q: ECC Errors: Aggregate SRAM Uncorrectable {ever:.0f}",
            remedy=by_hand("take the host out of service, run the vendor's field diagnostic, have the GPU replaced"),
            subject=gpu.address,
        )
    elif lately:
        yield fail(
            f"{lately:.0f} uncorrected memory error(s) since the driver was loaded",
            why="the programs whose data were hit have failed; the GPU may hold on to what is left of them",
            evidence=f"nvidia-smi -q: ECC Errors: Volatile: {lately:.0f} uncorrectable",
            remedy=by_hand(f"drain the GPU and reset it: nvidia-smi -r -i {gpu.address}"),
            subject=gpu.address,
        )


def _sram(gpu: Gpu, since: str) -> float | None:
    names = ("SRAM Uncorrectable", "SRAM Uncorrectable Parity", "SRAM Uncorrectable SEC-DED")
    return gpu.total(*(f"ECC Errors/{since}/{name}" for name in names))


def _count(gpu: Gpu, since: str) -> float | None:
    sram, older = _sram(gpu, since), f"ECC Errors/{since}/Double Bit/Total"
    dram = gpu.total(f"ECC Errors/{since}/DRAM Uncorrectable", older)
    return None if sram is None and dram is None else (sram or 0) + (dram or 0)
