"""One TOML file as it was read, and several laid over each other: what each value is, and where it comes from."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from checks.profiles.described import Problem
from checks.profiles.lines import Path, lines

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


class BadProfile(ValueError):  # noqa: N818 - it reads as what it is
    """A profile or site file that cannot be used; each line names the file, the line where it is known, and the key."""


@dataclass(frozen=True)
class Layer:
    """What one file says. `at` is the path below which its `table` stands in the file."""

    file: str
    table: Mapping[str, Any]
    lines: Mapping[Path, int] = field(default_factory=dict)
    at: Path = ()

    def line(self, path: Path) -> str:
        """`file:line` of a key, or of the table that it stands in."""
        whole = (*self.at, *path)
        for end in range(len(whole), 0, -1):
            if whole[:end] in self.lines:
                return f"{self.file}:{self.lines[whole[:end]]}"
        return self.file

    def below(self, *path: str) -> Layer:
        """The part of it below a table."""
        table: Any = self.table
        for name in path:
            table = table.get(name, {})
        return Layer(self.file, table, self.lines, (*self.at, *path))

    def said(self, problem: Problem) -> str:
        """A problem, with its file, line and key."""
        return f"{self.line(problem.path)}: {dotted((*self.at, *problem.path))}: {problem.words}"


def read(text: str, file: str) -> Layer:
    """A layer from TOML; `BadProfile` when it is none."""
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadProfile(f"{file}: not TOML: {error}") from None
    return Layer(file, table, lines(text))


def dotted(path: Path) -> str:
    """A path as people write it."""
    return ".".join(name if name.replace("-", "").replace("_", "").isalnum() else f'"{name}"' for name in path)


def merge(layers: Iterable[Layer]) -> tuple[dict[str, Any], dict[Path, str]]:
    """The layers on top of each other, tables key by key, and for each value its `file:line`."""
    merged: dict[str, Any] = {}
    origins: dict[Path, str] = {}
    for layer in layers:
        merged = over(merged, layer.table)
        for path in leaves(layer.table):
            for gone in [old for old in origins if path[: len(old)] == old or old[: len(path)] == path]:
                del origins[gone]
            origins[path] = layer.line(path)
    return merged, origins


def over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """One table over another: where both hold a table they are merged, else the upper value stands."""
    merged = dict(below)
    for name, value in above.items():
        old = merged.get(name)
        merged[name] = over(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def leaves(table: Mapping[str, Any], above: Path = ()) -> Iterator[Path]:
    """The path of every value that is no table."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from leaves(value, (*above, name))
        else:
            yield (*above, name)
