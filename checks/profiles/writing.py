"""Tables as TOML text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from checks.profiles.lines import Path

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def toml(table: Mapping[str, Any], notes: Mapping[Path, str] | None = None) -> str:
    """The TOML of a table; `notes` are comments, by path, behind the values that they are about."""
    return "\n".join(_lines(table, (), notes or {})).strip("\n") + "\n"


def _lines(table: Mapping[str, Any], above: Path, notes: Mapping[Path, str]) -> Iterator[str]:
    plain = {name: value for name, value in table.items() if not (isinstance(value, dict) and value)}
    if plain and above:
        yield f"\n[{'.'.join(map(_key, above))}]"
    for name, value in plain.items():
        note = notes.get((*above, name), "")
        yield f"{_key(name)} = {value_text(value)}" + (f"  # {note}" if note else "")
    for name, value in table.items():
        if isinstance(value, dict) and value:
            yield from _lines(value, (*above, name), notes)


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _string(name)


def value_text(value: Any) -> str:
    """One value, on one line."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(value_text, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(name)} = {value_text(one)}" for name, one in value.items()) + "}"
    return repr(value)


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
