"""The featureGates of the kubelet's configuration file, changed as text: every other byte stays as it was written.

No YAML is parsed: a top-level key and the lines below it are found, in block style or in braces on one line. Whatever
else YAML allows there (anchors, several documents, braces over lines) is refused in words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from checks.profiles import json_edit
from checks.profiles.flag_list import Changes
from checks.profiles.json_edit import NotEditable

KEY = "featureGates"

_TOP = re.compile(rf"^([\"']?){KEY}\1[ \t]*:(?P<rest>[^\r\n]*)", re.MULTILINE)
_ENTRY = re.compile(
    r"(?P<indent>[ ]+)(?P<q>[\"']?)(?P<name>[\w]+)(?P=q)[ \t]*:(?P<gap>[ \t]+)(?P<value>[^\s#]+)(?P<rest>.*)"
)
_FLOW = re.compile(r"(?P<q>[\"']?)(?P<name>\w+)(?P=q)\s*:\s*(?P<value>[^\s,}]+)")


@dataclass(frozen=True)
class Entry:
    """One gate: its name and value, the span of its value, and that of the line or part that it takes up."""

    name: str
    value: str
    span: tuple[int, int]
    part: tuple[int, int]


@dataclass(frozen=True)
class Block:
    """Where the gates stand: the key's line, the end of what belongs to it, the indentation; `braces` in flow style."""

    begin: int
    end: int
    indent: str
    entries: tuple[Entry, ...]
    braces: tuple[int, int] | None = None
    comments: bool = False


def gates(text: str) -> dict[str, str]:
    """The gates that the file sets, in small letters; `NotEditable` where they cannot be read."""
    if text.lstrip().startswith("{"):
        found = json_edit.value_of(text).get(KEY, {})
        return {name: str(value).lower() for name, value in found.items()} if isinstance(found, dict) else {}
    block = _block(text)
    return {entry.name: entry.value.strip("\"'").lower() for entry in block.entries} if block else {}


def edited(text: str, changes: Changes) -> str:
    """The text with the gates as they are to be; `NotEditable` says why there is none."""
    have = gates(text)
    left = {name: value for name, value in changes.items() if have.get(name) != value}
    if not left:
        return text
    if text.lstrip().startswith("{"):
        return _json(text, left)
    block = _block(text)
    if block is None:
        return _added(text, left)
    result = text
    for begin, end, new in sorted(_edits(text, block, left), reverse=True):
        result = result[:begin] + new + result[end:]
    return result


def _json(text: str, changes: Changes) -> str:
    if None in changes.values():
        raise NotEditable(f"is JSON, out of which no gate is taken by itself: {', '.join(changes)}")
    return json_edit.edited(text, {KEY: {name: value == "true" for name, value in changes.items()}})


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _added(text: str, changes: Changes) -> str:
    """The key and its gates at the end, before a line that ends the document."""
    newline = _newline(text)
    lines = "".join(f"  {name}: {value}{newline}" for name, value in changes.items() if value is not None)
    if not lines:
        return text
    stop = re.search(r"^\.\.\.[ \t]*\r?$", text, re.MULTILINE)
    spot = stop.start() if stop else len(text)
    before = text[:spot]
    return before + ("" if not before or before.endswith("\n") else newline) + f"{KEY}:{newline}{lines}" + text[spot:]


def _block(text: str) -> Block | None:
    """The one block of gates; None where there is none."""
    if len(re.findall(r"^---", text, re.MULTILINE)) > text.lstrip().startswith("---"):
        raise NotEditable("holds several documents")
    if re.search(r"^[ ]*\t", text, re.MULTILINE):
        raise NotEditable("is indented by tabs, which YAML does not allow")
    found = list(_TOP.finditer(text))
    if len(found) > 1:
        line = text.count("\n", 0, found[1].start()) + 1
        raise NotEditable(f"holds the key {KEY} twice, again on line {line}: which one is meant?")
    if not found:
        if re.search(rf"^[\"' \t]*{KEY}[\"' \t]*:", text, re.MULTILINE) or re.match(r"\s*[\[&*!]", text):
            raise NotEditable(f"holds {KEY} in a way that is not understood")
        return None
    rest = found[0]["rest"].partition(" #")[0].strip()
    if rest.startswith("{"):
        return _flow(text, found[0])
    if rest not in ("", "null", "~"):
        raise NotEditable(f"holds {KEY} in a way that is not understood: {rest[:40]}")
    return _lines(text, found[0], rest)


def _flow(text: str, key: re.Match[str]) -> Block:
    begin = key.start("rest") + key["rest"].index("{")
    end = text.find("}", begin) + 1
    inner = text[begin + 1 : end - 1]
    if not end or "\n" in inner or "{" in inner:
        raise NotEditable(f"holds {KEY} in braces over several lines")
    entries = tuple(
        Entry(
            match["name"],
            match["value"],
            (begin + 1 + match.start("value"), begin + 1 + match.end("value")),
            (begin + 1 + match.start(), begin + 1 + match.end()),
        )
        for match in _FLOW.finditer(inner)
    )
    if len(entries) != len([part for part in inner.split(",") if part.strip()]):
        raise NotEditable(f"holds {KEY} in a way that is not understood: {inner.strip()[:40]}")
    return Block(key.start(), end, "", entries, (begin, end))


def _lines(text: str, key: re.Match[str], rest: str) -> Block:
    spot = _next(text, key.end())
    end, indent, comments = spot, "", False
    entries: list[Entry] = []
    while spot < len(text):
        after = _next(text, spot)
        line = text[spot:after].rstrip("\r\n")
        entry = _ENTRY.fullmatch(line)
        if line.strip() and not line.lstrip().startswith("#"):
            if not line.startswith(" "):
                break
            if entry is None or (indent and entry["indent"] != indent) or rest:
                number = text.count("\n", 0, spot) + 1
                raise NotEditable(f"holds {KEY} in a way that is not understood, on line {number}")
            indent = entry["indent"]
            span = (spot + entry.start("value"), spot + entry.end("value"))
            entries.append(Entry(entry["name"], entry["value"], span, (spot, after)))
            end = after
        elif line.startswith(" ") and line.strip():
            comments = True
            end = after if entries else end
        spot = after
    return Block(key.start(), end, indent or "  ", tuple(entries), None, comments)


def _next(text: str, spot: int) -> int:
    end = text.find("\n", spot)
    return len(text) if end < 0 else end + 1


def _edits(text: str, block: Block, changes: Changes) -> Iterator[tuple[int, int, str]]:
    """The spans to replace, each with its new text."""
    last = {entry.name: entry for entry in block.entries}
    gone = [e for e in block.entries if e.name in changes and (changes[e.name] is None or last[e.name] is not e)]
    new = {name: value for name, value in changes.items() if value is not None and name not in last}
    for name, value in changes.items():
        if value is not None and name in last:
            yield (*last[name].span, value)
    if len(gone) == len(block.entries) and not new and not block.comments:
        yield block.begin, _next(text, block.end) if block.braces else block.end, ""
    elif block.braces:
        yield from _flow_edits(block, gone, new)
    else:
        yield from _line_edits(text, block, gone, new)


def _flow_edits(block: Block, gone: list[Entry], new: dict[str, str]) -> Iterator[tuple[int, int, str]]:
    begin = block.braces[0] if block.braces else 0
    kept = [entry for entry in block.entries if entry not in gone]
    for entry in gone:
        index = block.entries.index(entry)
        if any(before in kept for before in block.entries[:index]):
            yield block.entries[index - 1].part[1], entry.part[1], ""
        elif index + 1 < len(block.entries):
            yield entry.part[0], block.entries[index + 1].part[0], ""
        else:
            yield *entry.part, ""
    if new:
        added = ", ".join(f"{name}: {value}" for name, value in new.items())
        spot = block.entries[-1].part[1] if block.entries else begin + 1
        yield spot, spot, f", {added}" if kept else added


def _line_edits(text: str, block: Block, gone: list[Entry], new: dict[str, str]) -> Iterator[tuple[int, int, str]]:
    newline = _newline(text)
    for entry in gone:
        yield *entry.part, ""
    if new:
        spot = block.entries[-1].part[1] if block.entries else block.end
        lines = "".join(f"{block.indent}{name}: {value}{newline}" for name, value in new.items())
        yield spot, spot, ("" if text[:spot].endswith("\n") else newline) + lines
    if len(gone) == len(block.entries) and not new:
        line = text.find(":", block.begin) + 1
        yield line, line, " {}"
