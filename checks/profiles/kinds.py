"""What the value of a key may be: the words for it, its test, and its JSON schema."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from checks.profiles.lines import Path

PACKAGE = r"[a-z0-9][a-z0-9+.-]+"
PINNED = PACKAGE + r"(=[0-9A-Za-z][0-9A-Za-z.+~:_-]*)?"
WORD = r"[a-z0-9][a-z0-9-]*"


def _same(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class Kind:
    """One kind of value.

    `wants` are the words for what is wanted. `wrong` yields what does not fit, each with its path below the value.
    `schema` is JSON schema. `freeze` turns TOML's value into the one that the program holds.
    """

    wants: str
    wrong: Callable[[Any], Iterator[tuple[Path, str]]]
    schema: Mapping[str, Any]
    freeze: Callable[[Any], Any] = _same


def _simple(wants: str, fits: Callable[[Any], bool], schema: Mapping[str, Any], known: Iterable[str] = ()) -> Kind:
    def wrong(value: Any) -> Iterator[tuple[Path, str]]:
        if not fits(value):
            yield (), f"wants {wants}, not {shown(value)}{meant(value, known)}"

    return Kind(wants, wrong, schema)


def shown(value: Any) -> str:
    """A value as an error shows it: short, on one line."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def meant(wrong: Any, known: Iterable[str]) -> str:
    """The words `; did you mean ...?` where one of the known words is close, else nothing."""
    close = difflib.get_close_matches(str(wrong), list(known), n=1, cutoff=0.7)
    return f"; did you mean {close[0]}?" if close else ""


def text(pattern: str, wants: str) -> Kind:
    """A string that matches the whole pattern."""
    return _simple(
        wants,
        lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None,
        {"type": "string", "pattern": f"^({pattern})$"},
    )


def choice(*words: str) -> Kind:
    """One of a few words."""
    return _simple(f"one of {', '.join(words)}", lambda value: value in words, {"enum": list(words)}, words)


def switch(wants: str = "true or false") -> Kind:
    """On or off."""
    return _simple(wants, lambda value: isinstance(value, bool), {"type": "boolean"})


def switch_or(word: str) -> Kind:
    """True, false, or one word that stands for neither."""
    return _simple(
        f'true, false or "{word}"',
        lambda value: isinstance(value, bool) or value == word,
        {"enum": [True, False, word]},
        (word,),
    )


def true_or(word: str) -> Kind:
    """True, or one word that stands for leaving it alone."""
    return _simple(f'true or "{word}"', lambda value: value is True or value == word, {"enum": [True, word]}, (word,))


def count(wants: str) -> Kind:
    """A whole number, 0 or more."""
    return _simple(
        wants,
        lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= 0,
        {"type": "integer", "minimum": 0},
    )


def list_of(item: Kind, wants: str) -> Kind:
    """A list, each item of one kind."""

    def wrong(value: Any) -> Iterator[tuple[Path, str]]:
        if not isinstance(value, list):
            yield (), f"wants {wants}, not {shown(value)}"
            return
        for one in value:
            if any(item.wrong(one)):
                yield (), f"wants {wants}: {shown(one)} is not {item.wants}"

    schema = {"type": "array", "items": dict(item.schema)}
    return Kind(wants, wrong, schema, lambda value: tuple(map(item.freeze, value)))


def table_of(item: Kind, wants: str) -> Kind:
    """A table with keys of the writer's own, each value of one kind."""

    def wrong(value: Any) -> Iterator[tuple[Path, str]]:
        if not isinstance(value, dict):
            yield (), f"wants {wants}, not {shown(value)}"
            return
        for name, one in value.items():
            yield from (((name, *path), words) for path, words in item.wrong(one))

    schema = {"type": "object", "additionalProperties": dict(item.schema)}
    return Kind(wants, wrong, schema, lambda value: {name: item.freeze(one) for name, one in value.items()})


def json_table(wants: str) -> Kind:
    """A table of whatever JSON can hold: what TOML has besides, times and infinities, does not fit."""

    def wrong(value: Any) -> Iterator[tuple[Path, str]]:
        if not isinstance(value, dict):
            yield (), f"wants {wants}, not {shown(value)}"
            return
        for path, leaf in _leaves(value):
            if not _is_json(leaf):
                yield path, f"JSON cannot hold {leaf}"

    return Kind(wants, wrong, {"type": "object"})


def _leaves(value: Any, above: Path = ()) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, dict):
        for name, one in value.items():
            yield from _leaves(one, (*above, name))
    elif isinstance(value, list):
        for one in value:
            yield from _leaves(one, above)
    else:
        yield above, value


def _is_json(leaf: Any) -> bool:
    if isinstance(leaf, float):
        return leaf - leaf == 0  # neither infinite nor nan
    return isinstance(leaf, (str, int))
