"""A recording: everything one probe printed about one host, as plain text that can be kept, read and replayed.

    @ probe 1
    @ kernel 0
     running 6.1.0-56-amd64
    @ smi late
    @ end

A line of a topic's answer begins with a blank, so nothing that a command prints can forge a header. A recording
without its end mark was truncated: the topics that are missing are then unknown, not absent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property

from checks.facts.reading import NeedsRoot, NotAsked, Reading, Unknown

VERSION = 1
CAP = 64 * 1024
"""Characters kept of one topic's answer."""

_HEADER = re.compile(r"@ ([a-z_]+) (late|\d{1,3})( cut)?$")


class BadRecording(ValueError):  # noqa: N818 - it reads as what it is
    """A text that is no recording, or one of a version not known here."""


@dataclass(frozen=True)
class Recording:
    """The readings of one probe by topic. `complete` is False when the text ended before its end mark."""

    readings: dict[str, Reading] = field(default_factory=dict)
    complete: bool = True

    @cached_property
    def needs_root(self) -> tuple[str, ...]:
        """The topics that were not read for want of root; `host`, which says what sudo answered, never is one."""
        host = self.readings.get("host")
        if host is None or not re.search(r"(?m)^uid [1-9]", host.text):
            return ()
        return tuple(topic for topic, reading in self.readings.items() if topic != "host" and reading.denied)

    def reading(self, topic: str) -> Reading:
        """The topic's answer; `NotAsked`, or `Unknown` when it was lost with the end of the recording.

        `NeedsRoot` when the probe ran as somebody else, who may not read it: half an answer is none.
        """
        if topic in self.needs_root:
            raise NeedsRoot(f"needs root: {self.readings[topic].denied}")
        if topic in self.readings:
            return self.readings[topic]
        if self.complete:
            raise NotAsked(f"{topic} was not asked")
        raise Unknown(f"{topic} is missing: the answer of the host ends too early")


def parse(text: str) -> Recording:
    """Read a recording; `BadRecording` when the first line is not a probe's."""
    lines = text.replace("\r\n", "\n").split("\n")
    start = next((i for i, line in enumerate(lines) if line.startswith("@ probe ")), None)
    if start is None:
        begins = f"it begins {text[:60]!a}" if text.strip() else "it is empty"
        raise BadRecording(f"no '@ probe' line: not a recording ({begins})")
    version = lines[start].removeprefix("@ probe ").strip()
    if version != str(VERSION):
        raise BadRecording(f"recording of version {version!r}; this program reads version {VERSION}")
    readings: dict[str, Reading] = {}
    body: list[str] = []
    header: re.Match[str] | None = None
    for line in lines[start + 1 :]:
        if not line.startswith("@ "):
            body.append(line[1:])  # the blank that marks an answer; a line without it is an unfinished one
            continue
        if header:
            readings[header[1]] = _reading(header, body)
        header, body = _HEADER.match(line), []
        if line == "@ end":
            return Recording(readings)
    return Recording(readings, complete=False)


def _reading(header: re.Match[str], body: list[str]) -> Reading:
    text = "\n".join(body).rstrip("\n")
    text += "\n" if text else ""
    status = None if header[2] == "late" else int(header[2])
    cut = bool(header[3]) or len(text) > CAP
    return Reading(status, text[:CAP], cut)


def render(recording: Recording) -> str:
    """The text of a recording: `parse` of it gives the recording back."""
    lines = [f"@ probe {VERSION}"]
    for topic, reading in recording.readings.items():
        status = "late" if reading.status is None else str(reading.status)
        lines.append(f"@ {topic} {status}{' cut' if reading.cut else ''}")
        lines += [f" {line}" for line in reading.text.removesuffix("\n").split("\n") if reading.text]
    return "\n".join([*lines, *(["@ end"] if recording.complete else [])]) + "\n"
