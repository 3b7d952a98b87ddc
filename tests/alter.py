"""Altering a recording: the few lines of a topic that a fault changes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from checks.facts.reading import Reading
from checks.facts.recording import Recording

Alter = Callable[[dict[str, Reading]], None]


def edit(topic: str, pattern: str, replacement: str, count: int = 0) -> Alter:
    """Replace lines of a topic (re.MULTILINE); a pattern that matches nothing is a mistake of the test."""

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


def altered(recording: Recording, alters: Iterable[Alter]) -> Recording:
    """The recording with every alteration made; the given one stays as it is."""
    readings = dict(recording.readings)
    for alter in alters:
        alter(readings)
    return Recording(readings)
