"""A fault of the bench: a healthy host's recording with the lines changed that the fault changes, and what is to be said.

The functions here make the changes; each file beside this one lists the faults of one stage.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from checks.facts.reading import Reading
from checks.facts.recording import Recording
from checks.finding import Verdict
from checks.profiles.profile import Profile
from tests.hosts import DEBIAN, read

HEALTHY = "healthy-debian12-a100"

Alter = Callable[[dict[str, Reading]], None]


def edit(topic: str, pattern: str, replacement: str, count: int = 0) -> Alter:
    """Replace lines of a topic (re.MULTILINE); a pattern that matches nothing is a mistake in the bench."""

    def alter(readings: dict[str, Reading]) -> None:
        old = readings[topic]
        text, found = re.subn(pattern, replacement, old.text, count=count, flags=re.MULTILINE)
        if not found:
            raise ValueError(f"{topic} has no {pattern!r}")
        readings[topic] = Reading(old.status, text)

    return alter


def put(topic: str, text: str, status: int | None = 0) -> Alter:
    """Replace the whole answer of a topic."""

    def alter(readings: dict[str, Reading]) -> None:
        readings[topic] = Reading(status, text)

    return alter


def append(topic: str, text: str) -> Alter:
    """Add lines to the end of a topic's answer."""

    def alter(readings: dict[str, Reading]) -> None:
        old = readings[topic]
        readings[topic] = Reading(old.status, old.text + text)

    return alter


@dataclass(frozen=True)
class Fault:
    """One fault. `source` is where it is known from: the thread, page or tool text that it reproduces.

    `cause` is the check whose finding must come first in the report, with `verdict` and with `says` in its text.
    """

    name: str
    source: str
    cause: str
    alter: tuple[Alter, ...]
    says: str = ""
    verdict: Verdict = "fail"
    base: str = HEALTHY
    profile: Profile = field(default=DEBIAN, repr=False)

    def recording(self) -> Recording:
        """The host with the fault."""
        readings = dict(read(self.base).readings)
        for alter in self.alter:
            alter(readings)
        return Recording(readings)
