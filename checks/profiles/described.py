"""Dataclasses that describe a TOML file: each field says what its key may hold and what it is for.

Reading, the words of an error, the JSON schema and the table in docs/profiles.md all come from this one description;
a new key is one field.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, fields
from typing import Any, TypeVar

from checks.profiles.kinds import Kind, meant, shown
from checks.profiles.lines import Path

Described = TypeVar("Described")


def key(kind: Kind, doc: str) -> Mapping[str, Any]:
    """The metadata of a field that holds one value."""
    return {"kind": kind, "doc": doc}


def table(of: type, doc: str) -> Mapping[str, Any]:
    """The metadata of a field that is a table, described by a dataclass of its own."""
    return {"table": of, "doc": doc}


def tables(of: type, doc: str, named: str) -> Mapping[str, Any]:
    """The metadata of a field that is a table of tables under names of the writer's own, all of one dataclass."""
    return {"tables": of, "doc": doc, "named": named}


@dataclass(frozen=True)
class Problem:
    """What is wrong with one key."""

    path: Path
    words: str


@dataclass(frozen=True)
class Key:
    """One key, with where it stands."""

    path: Path
    kind: Kind
    doc: str
    default: Any


def keys(of: Any, above: Path = ()) -> Iterator[Key]:
    """Every key of a description, those of its tables included."""
    for field in fields(of):
        path = (*above, field.name)
        if "table" in field.metadata:
            yield from keys(field.metadata["table"], path)
        elif "tables" in field.metadata:
            yield from keys(field.metadata["tables"], (*path, field.metadata["named"]))
        else:
            yield Key(path, field.metadata["kind"], field.metadata["doc"], _default(field))


def _default(field: Field[Any]) -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()


def problems(of: Any, found: Mapping[str, Any], above: Path = ()) -> Iterator[Problem]:
    """Everything that does not fit the description."""
    known = {field.name: field for field in fields(of)}
    for name, value in found.items():
        path = (*above, name)
        if name not in known:
            yield Problem(path, f"not a key here; known: {', '.join(known)}{meant(name, known)}")
        elif "kind" in known[name].metadata:
            wrong = known[name].metadata["kind"].wrong(value)
            yield from (Problem((*path, *below), words) for below, words in wrong)
        else:
            yield from _in_table(known[name].metadata, value, path)


def _in_table(metadata: Mapping[str, Any], value: Any, path: Path) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield Problem(path, f"wants a table, not {shown(value)}")
    elif "table" in metadata:
        yield from problems(metadata["table"], value, path)
    else:
        for name, one in value.items():
            if isinstance(one, dict):
                yield from problems(metadata["tables"], one, (*path, name))
            else:
                yield Problem((*path, name), f"wants a table, not {shown(one)}")


def build(of: type[Described], found: Mapping[str, Any]) -> Described:
    """The dataclass that a table without problems means."""
    values: dict[str, Any] = {}
    for field in fields(of):  # type: ignore[arg-type] # every description is a dataclass
        if field.name not in found:
            continue
        value, metadata = found[field.name], field.metadata
        if "table" in metadata:
            values[field.name] = build(metadata["table"], value)
        elif "tables" in metadata:
            values[field.name] = {name: build(metadata["tables"], one) for name, one in value.items()}
        else:
            values[field.name] = metadata["kind"].freeze(value)
    return of(**values)
