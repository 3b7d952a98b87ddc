"""The timeline as text for a person and as data for programs."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from checks.timeline import Entry, Timeline


def as_lines(timeline: Timeline, *, everything: bool) -> list[str]:
    """A heading and one line for each entry; the first sign of trouble is marked.

    Unless `everything` is wanted, only what led up to it is shown.
    """
    sign = timeline.first_trouble
    shown = timeline.entries if everything else timeline.up_to_trouble()
    head = "what changed (UTC)" if everything or not sign else "what changed before the first sign of trouble (UTC)"
    if not shown:
        return ["", f"{head}: nothing that the host's logs tell"]
    return ["", head, *(f"      {'>' if entry is sign else ' '} {_minute(entry)}  {_words(entry)}" for entry in shown)]


def as_data(timeline: Timeline) -> list[dict[str, Any]]:
    """All entries; `first` marks the first sign of trouble."""
    sign = timeline.first_trouble
    return [
        {
            "time": _second(entry),
            "kind": entry.kind,
            "text": entry.text,
            "trouble": entry.trouble,
            "first": entry is sign,
        }
        for entry in timeline.entries
    ]


def _words(entry: Entry) -> str:
    return f"{entry.kind:<9}{entry.text}"


def _minute(entry: Entry) -> str:
    return datetime.fromtimestamp(entry.time, tz=timezone.utc).strftime("%Y-%m-%d %H:%M")


def _second(entry: Entry) -> str:
    return datetime.fromtimestamp(entry.time, tz=timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
