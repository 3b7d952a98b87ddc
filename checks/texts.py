"""The dictionary of messages that broken GPU hosts print (texts.toml): cause, how to make sure, fix.

A message that it does not know stays unknown: nothing is guessed.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cache, cached_property

from checks.facts.data import beside
from checks.facts.kernel_log import Line
from checks.facts.xid import of, xids
from checks.gpu.xid import REMEDIES

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TABLE = beside(__file__) / "texts.toml"
LONGEST = 2000
"""Characters of a line that are looked at."""

_NOISE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")
_NVRM = re.compile(r"\bNVRM: ?")
_ESCAPED_OR_CAPITAL = re.compile(r"\\.|[A-Z]")
_SENTENCE = 4
"""Lines over which the kernel module breaks one sentence."""


@dataclass(frozen=True)
class Text:
    """One message: where it is `seen`, its cause, how to make `sure`, the fix, and the thread it is known from."""

    name: str
    match: str
    example: str
    seen: str
    cause: str
    sure: str
    fix: str
    source: str

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The expression that finds it in a line of small letters: three times as fast as one that ignores case."""
        return re.compile(_ESCAPED_OR_CAPITAL.sub(lambda m: m[0].lower() if len(m[0]) == 1 else m[0], self.match))


@dataclass(frozen=True)
class Meaning:
    """A message that was found: the first line that has it, that line's number from 1, and how many lines have it."""

    text: Text
    line: str
    number: int
    times: int = 1


@cache
def dictionary() -> tuple[Text, ...]:
    """All messages, the more specific ones first."""
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    names = [field.name for field in fields(Text)]
    return tuple(Text(*(str(entry[name]).strip() for name in names)) for entry in table["text"])


def meanings(text: str) -> tuple[Meaning, ...]:
    """What is known of a text, each message once, in the order in which they first stand there."""
    found: dict[str, Meaning] = {}
    lines = [_NOISE.sub("", line)[:LONGEST] for line in text.splitlines()]
    for number, line in enumerate(lines, 1):
        known = _first(line, _sentence(lines, number - 1)) or _xid(line)
        if known is not None:
            first = found.get(known.name) or Meaning(known, line.strip(), number, 0)
            found[known.name] = Meaning(known, first.line, first.number, first.times + 1)
    return tuple(found.values())


def _first(line: str, sentence: str) -> Text | None:
    small, end = sentence.lower(), max(1, len(line.lower()))
    for entry in dictionary():
        match = entry.pattern.search(small)
        if match and match.start() < end:
            return entry
    return None


def _xid(line: str) -> Text | None:
    """What the catalogue of Xids says of a line that reports one."""
    found = next(iter(xids([Line(None, line)])), None)
    if found is None:
        return None
    entry = of(found.number)
    action = found.action or entry.action
    return Text(
        f"xid-{found.number}",
        match="",
        example="",
        seen="kernel log",
        cause=f"Xid {found.number}, {entry.name}: {entry.means}; it points to the {entry.points}",
        sure=f"nvidia-smi -q -i {found.address}; dmesg | grep -i xid: which GPU, how often, which program",
        fix=REMEDIES.get(action, "none needed").format(found.address),
        source="NVIDIA, XID Errors (xid.toml names the edition)",
    )


def _sentence(lines: Sequence[str], start: int) -> str:
    """The line, with those that go on in the same message of the kernel module."""
    return " ".join([lines[start], *_rest(lines, start)]) if _NVRM.search(lines[start]) else lines[start]


def _rest(lines: Sequence[str], start: int) -> Iterator[str]:
    for line in lines[start + 1 : start + _SENTENCE]:
        mark = _NVRM.search(line)
        if mark is None:
            return
        yield line[mark.end() :].strip()
