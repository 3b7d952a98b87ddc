"""Values put into a JSON text so that everything else of it stays as it was written, byte for byte.

Order, unknown keys, indentation, line ends, numbers and escapes are kept because only the spans of what changes are
replaced.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

BOM = "\ufeff"

_BLANK = re.compile(r"[ \t\r\n]*")


class NotEditable(ValueError):  # noqa: N818 - it reads as what it is
    """A text into which nothing can be put; the words say why, and where."""


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_no_constant)


def value_of(text: str) -> dict[str, Any]:
    """The object that a text holds; empty text and null hold an empty one. `NotEditable`: what it is instead."""
    if not text.strip(BOM + " \t\r\n"):
        return {}
    try:
        value = json.loads(text.removeprefix(BOM), parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise NotEditable(f"is not JSON: {error.msg}: line {error.lineno} column {error.colno}") from None
    except RecursionError:
        raise NotEditable("is not JSON that can be read: it is nested too deeply") from None
    except ValueError as error:
        raise NotEditable(f"is not JSON: {error}") from None
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise NotEditable("holds no object in braces")
    return value


@dataclass(frozen=True)
class Difference:
    """A value that is not the wanted one; `there` says whether the key is there at all."""

    path: tuple[str, ...]
    want: Any
    have: Any = None
    there: bool = True


def differences(have: Mapping[str, Any], want: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[Difference]:
    """What is wanted and not there: tables key by key, all else whole."""
    for name, value in want.items():
        path = (*above, name)
        if name not in have:
            yield Difference(path, value, there=False)
        elif isinstance(value, dict) and isinstance(have[name], dict):
            yield from differences(have[name], value, path)
        elif not same(have[name], value):
            yield Difference(path, value, have[name])


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values are equal; Python's True is 1, and 1.0 is 1, but docker refuses one for the other."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def edited(text: str, want: Mapping[str, Any]) -> str:
    """The text with every wanted value in it; `NotEditable` when it is no object, or holds a wanted key twice."""
    have = value_of(text)
    if not any(differences(have, want)):
        return text
    start = _blank(text, len(BOM) if text.startswith(BOM) else 0)
    if text[start:].startswith("null"):
        return text[:start] + _written(want, _Style(), "") + text[start + len("null") :]
    if start == len(text):
        return text[: len(BOM)] * text.startswith(BOM) + _written(want, _Style(), "") + "\n"
    result = text
    for begin, end, new in sorted(_edits(text, start, want, _style(text, start)), reverse=True):
        result = result[:begin] + new + result[end:]
    return result


@dataclass(frozen=True)
class _Style:
    """How a text is written: a step of indentation (None: all on one line), its line end, and what divides a pair."""

    step: str | None = "    "
    newline: str = "\n"
    colon: str = ": "


@dataclass(frozen=True)
class _Member:
    """A key and its value, as spans of the text. `gap` is the blank before the key."""

    name: str
    gap: str
    colon: str
    begin: int
    end: int


def _blank(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return match.end() if match else at


def _members(text: str, at: int) -> tuple[list[_Member], int]:
    """The members of the object that begins here, and where its closing brace is."""
    found: list[_Member] = []
    at += 1
    while True:
        key = _blank(text, at)
        if text[key] == "}":
            return found, key
        name, name_end = _DECODER.raw_decode(text, key)
        begin = _blank(text, _blank(text, name_end) + 1)
        _, end = _DECODER.raw_decode(text, begin)
        found.append(_Member(name, text[at:key], text[name_end:begin], begin, end))
        at = _blank(text, end)
        if text[at] == ",":
            at += 1


def _style(text: str, start: int) -> _Style:
    members, close = _members(text, start)
    newline = "\r\n" if "\r\n" in text else "\n"
    if not members:
        return _Style(newline=newline)
    first = members[0]
    colon = ": " if "\n" in first.colon else first.colon
    if "\n" not in text[start:close]:
        return _Style(None, newline, colon)
    return _Style(_indent(first.gap) or "    ", newline, colon)


def _indent(gap: str) -> str:
    return gap.rpartition("\n")[2]


def _edits(text: str, at: int, want: Mapping[str, Any], style: _Style) -> Iterator[tuple[int, int, str]]:
    """The spans to replace in the object that begins here, each with its new text."""
    members, close = _members(text, at)
    by_name: dict[str, _Member] = {}
    for member in members:
        if member.name in by_name and member.name in want:
            line = text.count("\n", 0, member.begin) + 1
            raise NotEditable(f'holds the key "{member.name}" twice, again on line {line}: which one is meant?')
        by_name[member.name] = member
    missing = {name: value for name, value in want.items() if name not in by_name}
    for name in want.keys() - missing.keys():
        member, value = by_name[name], want[name]
        if isinstance(value, dict) and text[member.begin] == "{":
            yield from _edits(text, member.begin, value, style)
        elif not same(_DECODER.raw_decode(text, member.begin)[0], value):
            yield member.begin, member.end, _written(value, style, _margin(text, member.begin))
    if missing and members:
        margin = _margin(text, members[-1].begin)
        yield members[-1].end, members[-1].end, _appended(missing, members, style, margin)
    elif missing:
        yield at, close + 1, _written(missing, style, _margin(text, at))


def _appended(missing: Mapping[str, Any], members: list[_Member], style: _Style, margin: str) -> str:
    """More members behind the last one, written as those that are there."""
    gap = members[-1].gap
    if "\n" in gap:
        gap = style.newline + _indent(gap)
    elif len(members) == 1:
        gap = " " if style.colon.endswith(" ") else ""
    pairs = (f"{_text(name)}{style.colon}{_written(value, style, margin)}" for name, value in missing.items())
    return "".join(f",{gap}{pair}" for pair in pairs)


def _margin(text: str, at: int) -> str:
    """The indentation of the line on which a position is."""
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _written(value: Any, style: _Style, margin: str) -> str:
    """A value as text, in the style of what is around it; lists of plain values stay on one line."""
    items: list[str]
    if isinstance(value, dict):
        inner = margin if style.step is None else margin + style.step
        items = [f"{_text(name)}{style.colon}{_written(one, style, inner)}" for name, one in value.items()]
        return _bracketed("{}", items, style, margin)
    if isinstance(value, (list, tuple)):
        plain = not any(isinstance(one, (dict, list, tuple)) for one in value)
        inner = margin if plain or style.step is None else margin + style.step
        items = [_written(one, style, inner) for one in value]
        return _bracketed("[]", items, _Style(None, style.newline, style.colon) if plain else style, margin)
    return _text(value)


def _bracketed(brackets: str, items: list[str], style: _Style, margin: str) -> str:
    if not items:
        return brackets
    if style.step is None:
        between = ", " if style.colon.endswith(" ") else ","
        return brackets[0] + between.join(items) + brackets[1]
    line = f"{style.newline}{margin}{style.step}"
    return f"{brackets[0]}{line}{f',{line}'.join(items)}{style.newline}{margin}{brackets[1]}"


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
