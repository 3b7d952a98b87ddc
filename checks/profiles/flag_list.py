"""A flag's list of pairs, A=true,B=false, with some of them set or taken out and the rest as it was written; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from checks.profiles.pieces import Edit, Piece

Changes = Mapping[str, "str | None"]
"""What each name is to be; None: it is not to be in the list."""

_PAIR = re.compile(r"[^,]+")


def pairs(text: str) -> list[tuple[str, str]]:
    """The names and values of a list, in its order."""
    found = (match.group().partition("=") for match in _PAIR.finditer(text))
    return [(name.strip(), value.strip()) for name, _, value in found]


def is_emptied(text: str, changes: Changes) -> bool:
    """Whether nothing stays of a list, to which nothing is added."""
    there = {name for name, _ in pairs(text)}
    return all(name in changes and changes[name] is None for name in there) and not any(
        value is not None for value in changes.values()
    )


def edits(piece: Piece, changes: Changes) -> Iterator[Edit]:
    """How the list changes: a value in its place, a name that it lacks at its end, each name once."""
    found = [(match.start(), match.end(), *_named(match.group())) for match in _PAIR.finditer(piece.text)]
    last = {name: begin for begin, _, name, _ in found}
    kept = [
        pair for pair in found if pair[2] not in changes or (changes[pair[2]] is not None and pair[0] == last[pair[2]])
    ]
    for begin, end, name, _ in found:
        if begin in {pair[0] for pair in kept}:
            want = changes.get(name)
            value = piece.text.find("=", begin, end)
            if want is not None and value < 0:
                yield piece.instead(begin, end, f"{name}={want}")
            elif want is not None and piece.text[value + 1 : end].strip() != want:
                yield _valued(piece, value, end, want)
    yield from _gaps(piece, [pair[:2] for pair in kept], [pair[:2] for pair in found])
    lacking = [f"{name}={value}" for name, value in changes.items() if value is not None and name not in last]
    if lacking:
        yield piece.more(("," if kept else "") + ",".join(lacking))


def _named(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name.strip(), value.strip()


def _valued(piece: Piece, sign: int, end: int, want: str) -> Edit:
    """Another value behind the sign, with the blanks around it kept."""
    old = piece.text[sign + 1 : end]
    if not old:
        return piece.instead(sign, sign + 1, f"={want}")
    begin = sign + 1 + len(old) - len(old.lstrip())
    return piece.instead(begin, begin + len(old.strip()), want) if old.strip() else piece.instead(sign + 1, end, want)


def _gaps(piece: Piece, kept: list[tuple[int, int]], found: list[tuple[int, int]]) -> Iterator[Edit]:
    """Takes out what is not kept, each run of it with one of its commas."""
    for index, (begin, end) in enumerate(found):
        if (begin, end) in kept:
            continue
        if any(pair in kept for pair in found[:index]):
            yield piece.instead(found[index - 1][1], end, "")
        elif index + 1 < len(found):
            yield piece.instead(begin, found[index + 1][0], "")
        else:
            yield piece.instead(begin, end, "")
