"""Programs may compute on every GPU: no GPU's compute mode forbids it.

"Prohibited" is left behind by tests and by display set-ups; every CUDA program then fails as if there were no GPU.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok, skipped
from checks.profiles.profile import Profile

RESTS_ON = ("nvidia_smi",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    modes = {gpu.address: gpu.says("Compute Mode") for gpu in facts.smi.answering if gpu.says("Compute Mode")}
    for address, mode in modes.items():
        if mode == "Prohibited":
            yield fail(
                "computing on the GPU is prohibited",
                why="every CUDA program fails on it, as if the GPU were not there",
                evidence="nvidia-smi -q: Compute Mode: Prohibited",
                remedy=by_hand(f"nvidia-smi -i {address} -c 0"),
                subject=address,
            )
    if not modes:
        yield skipped(facts.smi.unreported("a compute mode"))
    elif "Prohibited" not in modes.values():
        alone = sum(mode == "Exclusive_Process" for mode in modes.values())
        yield ok(f"{len(modes)} GPU(s) may compute" + (f", {alone} for one process at a time" if alone else ""))
