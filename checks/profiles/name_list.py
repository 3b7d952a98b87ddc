"""A list of names in a file of sections, such as excludepkgs in dnf.conf: read, and added to, every other byte kept."""

from __future__ import annotations

import re
from collections.abc import Sequence

_SECTION = re.compile(r"\s*\[(.+)\]\s*$")
_SETTING = re.compile(r"(\w+)\s*=\s*(.*)")


def listed(text: str, section: str, keys: Sequence[str]) -> tuple[str, ...]:
    """The names, split at blanks and commas; a line that begins with a blank goes on with the setting above it."""
    lines = text.splitlines()
    return tuple(
        name
        for first, last in _settings(lines, section, keys)
        for name in re.split(r"[\s,]+", " ".join([lines[first].partition("=")[2], *lines[first + 1 : last]]))
        if name
    )


def added(text: str, section: str, keys: Sequence[str], names: Sequence[str]) -> str:
    """The text with these names too: at the end of the list if there is one, else as the section's first key."""
    end = "\r\n" if "\r\n" in text else "\n"
    lines = text.splitlines()
    there = _settings(lines, section, keys)
    words = " ".join(names)
    if there:
        last = there[-1][1] - 1
        lines[last] = f"{lines[last].rstrip()} {words}" if lines[last].strip()[-1:] != "=" else f"{lines[last]}{words}"
    else:
        heads = [number for number, line in enumerate(lines) if (match := _SECTION.match(line)) and match[1] == section]
        if not heads:
            lines += [f"[{section}]"]
            heads = [len(lines) - 1]
        lines.insert(heads[0] + 1, f"{keys[0]}={words}")
    return end.join(lines) + end


def _settings(lines: Sequence[str], section: str, keys: Sequence[str]) -> list[tuple[int, int]]:
    """The first line and the line after the last of each of the settings."""
    found: list[tuple[int, int]] = []
    inside, going_on = False, False
    for number, line in enumerate(lines):
        if match := _SECTION.match(line):
            inside, going_on = match[1] == section, False
        elif inside and line[:1].isspace() and line.strip() and going_on:
            found[-1] = (found[-1][0], number + 1)
        elif inside and line[:1] not in "#;":
            match = _SETTING.match(line)
            going_on = match is not None and match[1] in keys
            if going_on:
                found.append((number, number + 1))
    return found
