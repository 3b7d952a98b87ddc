"""The driver keeps the GPUs of a host with several initialised while no program uses them: persistence mode is on.

Without it each first program waits seconds for the GPU, the settings of the last one are lost, and on hosts with many
GPUs containers time out as they start.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_command, ok, skipped, warn
from checks.profiles.profile import Profile

RESTS_ON = ("nvidia_smi",)
SEVERAL = 2


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    modes = [(gpu, gpu.says("Persistence Mode")) for gpu in facts.smi.answering if gpu.says("Persistence Mode")]
    off = [gpu for gpu, mode in modes if mode == "Disabled"]
    if not modes:
        yield skipped(facts.smi.unreported("persistence mode"))
    elif off and len(modes) >= SEVERAL:
        yield warn(
            f"persistence mode is off on {len(off)} of {len(modes)} GPU(s)",
            why="each first program waits seconds for its GPU, and containers may time out as they start",
            evidence=f"nvidia-smi -q: {off[0].address}: Persistence Mode: Disabled",
            remedy=by_command("nvidia-smi -pm 1", undo="nvidia-smi -pm 0"),
        )
    else:
        yield ok("persistence mode is off, and one GPU starts fast" if off else f"on for {len(modes)} GPU(s)")
