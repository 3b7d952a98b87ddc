"""Values put into a TOML text so that every line of it that need not change stays as it was written.

The text is read line by line only to find where a value belongs. That the result means exactly what was wanted, and
nothing else, is then seen by parsing both: where it does not (a header inside of a string, an inline table, a list
over many lines), the text is refused instead of written anew.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from checks.profiles.json_edit import Difference, NotEditable

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Path = tuple[str, ...]

_HEADER = re.compile(r"(\s*)\[(?!\[)(.+)\]\s*(#.*)?")
_KEY = re.compile(r"(\s*)([^\s#\[=][^=]*?\s*=\s*)(.*?)(\s*(?:#.*)?)")


@dataclass(frozen=True)
class _Table:
    """A header's line number (-1 for the root), its path, and the indentation of what follows."""

    line: int
    path: Path
    indent: str


def value_of(text: str) -> dict[str, Any]:
    """What a text holds; `NotEditable` says what is wrong with it, and where."""
    try:
        return tomllib.loads(text.replace("\r\n", "\n"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise NotEditable(f"is not TOML: {error}") from None


def leaves(each: Difference) -> Iterator[Difference]:
    """A difference value by value: a table that is lacking becomes its keys."""
    if not isinstance(each.want, dict):
        yield each
        return
    for name, value in each.want.items():
        yield from leaves(Difference((*each.path, name), value, there=False))


def edited(text: str, changes: Sequence[tuple[Path, Any]]) -> str:
    """The text with each value at its path; `NotEditable` where that cannot be done line by line."""
    wanted = value_of(text)
    ends = "\r\n" if "\r\n" in text else "\n"
    lines = text.replace("\r\n", "\n").split("\n")
    for path, value in changes:
        _put(wanted, path, value)
        _edit(lines, path, value)
    result = ends.join(lines)
    if not _means(result, wanted):
        raise NotEditable(
            "is written in a way that cannot be changed line by line (a list over many lines, an inline table)"
        )
    return result


def _means(text: str, wanted: dict[str, Any]) -> bool:
    try:
        return value_of(text) == wanted
    except NotEditable:
        return False


def _put(into: dict[str, Any], path: Path, value: Any) -> None:
    for name in path[:-1]:
        into = into.setdefault(name, {})
        if not isinstance(into, dict):
            raise NotEditable(f"has no table {'.'.join(path[:-1])}")
    into[path[-1]] = value


def _edit(lines: list[str], path: Path, value: Any) -> None:
    tables = list(_tables(lines))
    for table in tables:
        for at in _body(lines, table):
            found = _KEY.fullmatch(lines[at])
            if found and (*table.path, *_path(found[2].rpartition("=")[0])) == path:
                lines[at] = f"{found[1]}{found[2]}{_shown(value)}{found[4]}"
                return
    home = next((table for table in tables if table.path == path[:-1]), None)
    if home is None:
        _add_table(lines, tables, path, value)
    else:
        _add_key(lines, home, f"{_quoted(path[-1])} = {_shown(value)}")


def _add_key(lines: list[str], home: _Table, line: str) -> None:
    """Below the last key of the table, so that a comment above the next header stays with that."""
    written = [at for at in _body(lines, home) if lines[at].strip() and not lines[at].lstrip().startswith("#")]
    if written or home.line >= 0:
        lines.insert((written[-1] if written else home.line) + 1, home.indent + line)
        return
    first = next((at for at in _body(lines, home) if not lines[at].lstrip().startswith("#")), 0)
    lines.insert(first, line)


def _add_table(lines: list[str], tables: Sequence[_Table], path: Path, value: Any) -> None:
    """Below the last table that shares most of its path: beside its siblings, or in its parent."""
    shared = max((_shared(table.path, path) for table in tables), default=0)
    near = [table for table in tables if shared and _shared(table.path, path) == shared]
    header = f"[{'.'.join(map(_quoted, path[:-1]))}]"
    if near:
        last = near[-1]
        end = [at for at in _body(lines, last) if lines[at].strip() and not lines[at].lstrip().startswith("#")]
        at, margin = (end[-1] if end else last.line) + 1, _margin(lines, last)
        lines[at:at] = [f"{margin}{header}", f"{_deeper(lines, last)}{_quoted(path[-1])} = {_shown(value)}"]
        return
    while lines and not lines[-1].strip():
        lines.pop()
    lines += [*([""] if lines else []), header, f"{_quoted(path[-1])} = {_shown(value)}", ""]


def _margin(lines: Sequence[str], table: _Table) -> str:
    found = _HEADER.fullmatch(lines[table.line])
    return found[1] if found else ""


def _deeper(lines: Sequence[str], table: _Table) -> str:
    return table.indent or _margin(lines, table)


def _shared(one: Path, other: Path) -> int:
    both = 0
    while both < min(len(one), len(other)) and one[both] == other[both]:
        both += 1
    return both


def _tables(lines: Sequence[str]) -> Iterator[_Table]:
    yield _Table(-1, (), "")
    for at, line in enumerate(lines):
        found = _HEADER.fullmatch(line)
        path = _path(found[2]) if found else ()
        if path:
            below = next((row for row in lines[at + 1 :] if row.strip()), "")
            key = _KEY.fullmatch(below)
            yield _Table(at, path, key[1] if key else f"{found[1]}  " if found and found[1] else "")


def _body(lines: Sequence[str], table: _Table) -> Iterator[int]:
    for at in range(table.line + 1, len(lines)):
        if lines[at].lstrip().startswith("["):
            return
        yield at


def _path(dotted: str) -> Path:
    """The names in a header or a dotted key; empty where it is neither."""
    try:
        found: Any = tomllib.loads(f"{dotted.strip()} = 0")
    except tomllib.TOMLDecodeError:
        return ()
    path = []
    while isinstance(found, dict):
        (name,) = found
        path.append(name)
        found = found[name]
    return tuple(path)


def _quoted(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name, ensure_ascii=False)


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
