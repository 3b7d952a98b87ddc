"""The driver initialises every GPU when a program first opens it.

RmInitAdapter is the step that does it. It fails for memory that the firmware of the host did not map, for power that is
missing, for a board that is broken; nvidia-smi then says that no devices were found.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok
from checks.profiles.profile import Profile

RESTS_ON = ("kernel_log", "driver_loaded", "gpu_off_bus", "gsp")


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    lines = facts.kernel_log.matching(r"RmInitAdapter failed|rm_init_adapter failed|BAR\d is 0M @ 0x0")
    found = {_subject(facts, line.text): line for line in reversed(lines)}
    for subject, line in found.items():
        unmapped = "0M @ 0x0" in line.text
        yield fail(
            "the driver cannot initialise the GPU",
            why="no program can use it; nvidia-smi does not list it, or fails",
            evidence=line.proof,
            remedy=by_hand(
                "switch on 'Above 4G Decoding' in the host's firmware, or boot with pci=realloc"
                if unmapped
                else "reboot; then check power cables and seating, try another slot, another branch of the driver"
            ),
            subject=subject,
        )
    if not found:
        yield ok("no GPU failed to initialise")


def _subject(facts: Facts, text: str) -> str:
    return next((gpu.address for gpu in facts.pci.gpus if gpu.address in text.lower()), "")
