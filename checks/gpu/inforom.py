"""The infoROM of every GPU is intact.

It holds the board's identity, its configuration and its error history; with a corrupted one the driver falls back to
defaults, and error counts and limits are no longer what they say.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok
from checks.profiles.profile import Profile

RESTS_ON = ("nvidia_smi",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    lines = [line for line in facts.smi.text.splitlines() if "inforom is corrupted" in line.lower()]
    for line in lines:
        yield fail(
            "the infoROM of a GPU is corrupted",
            why="its error history and its limits cannot be trusted",
            evidence=line.strip(),
            remedy=by_hand("have the infoROM written anew with the vendor's tool, or the board replaced"),
            subject=next((gpu.address for gpu in facts.smi.gpus if gpu.address in line.lower()), ""),
        )
    if not lines:
        yield ok("nvidia-smi warns of no corrupted infoROM")
