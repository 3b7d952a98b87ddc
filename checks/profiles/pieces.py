"""Text that knows of each character where in which file it stands; and the words in it, as systemd reads them.

With it a value can be read through quotes, continued lines and variables, and changed where it was written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

Spot = tuple[str, int]
"""A file and a position in its text."""


@dataclass(frozen=True)
class Edit:
    """The characters of a file from `begin` up to `end`, and what takes their place."""

    path: str
    begin: int
    end: int
    new: str


@dataclass(frozen=True)
class Piece:
    """A text, where each of its characters stands, and where more could be added to it.

    `outer` is where it begins and ends in its file, quotes included; None where it is put together from several.
    """

    text: str
    at: tuple[Spot, ...]
    end: Spot
    outer: tuple[Spot, Spot] | None = None

    def cut(self, begin: int, end: int) -> Piece:
        """A part of it, which must not be empty."""
        path, last = self.at[end - 1]
        return Piece(self.text[begin:end], self.at[begin:end], (path, last + 1))

    def instead(self, begin: int, end: int, new: str) -> Edit:
        """Puts something else in the place of a part, which must not be empty."""
        path, first = self.at[begin]
        return Edit(path, first, self.at[end - 1][1] + 1, new)

    def more(self, new: str) -> Edit:
        """Adds to its end."""
        return Edit(self.end[0], self.end[1], self.end[1], new)


def joined(pieces: Iterable[Piece], end: Spot) -> Piece:
    """Several pieces read as one."""
    found = list(pieces)
    return Piece("".join(p.text for p in found), tuple(spot for p in found for spot in p.at), end)


def whole(path: str, text: str, begin: int = 0, end: int | None = None) -> Piece:
    """A stretch of a file as it stands."""
    last = len(text) if end is None else end
    return Piece(text[begin:last], tuple((path, spot) for spot in range(begin, last)), (path, last))


def words(piece: Piece) -> Iterator[Piece]:
    """The words that systemd makes of it: blanks divide, quotes and backslashes protect and are taken off."""
    spot, text = 0, piece.text
    while spot < len(text):
        if text[spot] in " \t\r\n":
            spot += 1
            continue
        begin, inside, quote = spot, spot + 1, ""
        kept: list[int] = []
        while spot < len(text) and (quote or text[spot] not in " \t\r\n"):
            letter = text[spot]
            if letter == quote:
                quote = ""
            elif not quote and letter in "'\"":
                inside, quote = spot + 1, letter
            else:
                if letter == "\\" and quote != "'" and spot + 1 < len(text):
                    spot += 1
                kept.append(spot)
            spot += 1
        yield _word(piece, kept, (begin, spot), inside)


def _word(piece: Piece, kept: list[int], outer: tuple[int, int], inside: int) -> Piece:
    (path, begin), (other, last) = piece.at[outer[0]], piece.at[outer[1] - 1]
    at = tuple(piece.at[spot] for spot in kept)
    end = at[-1] if at else piece.at[inside - 1]
    text = "".join(piece.text[spot] for spot in kept)
    return Piece(text, at, (end[0], end[1] + 1), ((path, begin), (path, last + 1)) if path == other else None)


def applied(texts: Mapping[str, str], edits: Iterable[Edit]) -> dict[str, str]:
    """The files that the edits change, with their new text."""
    found: dict[str, str] = {}
    for edit in sorted(set(edits), key=lambda edit: (edit.path, edit.begin, edit.end), reverse=True):
        text = found.get(edit.path, texts.get(edit.path, ""))
        found[edit.path] = text[: edit.begin] + edit.new + text[edit.end :]
    return {path: text for path, text in found.items() if text != texts.get(path, "")}
