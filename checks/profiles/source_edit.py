"""Files of sources with some of their entries switched off, every other line as it was written.

One-line entries become comments; a stanza gets `Enabled: no` (sources.list(5)), a section `enabled=0` (yum.conf(5)).
"""

from __future__ import annotations

import re
from collections.abc import Collection

from checks.facts.sources import Repository, Source, entries_of

MARK = "# off, by gpuwright: "


def without(file: str, text: str, gone: Collection[Source | Repository]) -> str | None:
    """The text with these entries off; None where a stanza has others in it that are to stay."""
    if file.endswith(".repo"):
        return _sections(text, {each.id for each in gone if isinstance(each, Repository)})
    if file.endswith(".sources"):
        return _stanzas(file, text, gone)
    return "".join(_line(file, line, gone) for line in text.splitlines(keepends=True))


def _line(file: str, line: str, gone: Collection[Source | Repository]) -> str:
    found = entries_of(file, [line])
    return MARK + line if found and found[0] in gone else line


def _stanzas(file: str, text: str, gone: Collection[Source | Repository]) -> str | None:
    parts = re.split(r"((?:^[ \t]*\n)+)", text, flags=re.MULTILINE)
    for at in range(0, len(parts), 2):
        found = entries_of(file, parts[at].splitlines())
        if not any(entry in gone for entry in found):
            continue
        if not all(entry in gone for entry in found):
            return None
        parts[at] = "Enabled: no\n" + re.sub(r"(?im)^enabled:.*\n?", "", parts[at])
    return "".join(parts)


def _sections(text: str, gone: Collection[str]) -> str:
    lines: list[str] = []
    here = False
    for line in text.splitlines(keepends=True):
        if header := re.match(r"\[([^]]*)\]\s*$", line):
            here = header[1] in gone
            lines += [line, "enabled=0\n"] if here else [line]
        elif not (here and re.match(r"enabled\s*=", line, re.IGNORECASE)):
            lines.append(line)
    return "".join(lines)
