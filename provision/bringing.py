"""What a run brings to the host, made ready before anything is touched there, and sent by standard input."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from provision.errors import BadInput
from provision.step import Brought

CHUNK = 65536

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")


@dataclass(frozen=True)
class Parcel:
    """A file as it is sent: its name on the host, its size in bytes, its sha256, and where it is read from."""

    name: str
    size: int
    sha256: str
    opened: Callable[[], BinaryIO]


def pack(files: Iterable[Brought]) -> tuple[Parcel, ...]:
    """The files, measured; `BadInput` where one is not there, or not what it must be."""
    parcels: dict[str, Parcel] = {}
    for file in dict.fromkeys(files):
        if not _NAME.fullmatch(file.name) or file.name.endswith(".part") or file.name in parcels:
            raise ValueError(f"no name for a file that a run brings, or one that it has already: {file.name!r}")
        parcels[file.name] = _parcel(file)
    return tuple(parcels.values())


def _parcel(file: Brought) -> Parcel:
    path = file.path
    opened: Callable[[], BinaryIO]
    if path is None:
        data = file.source() if callable(file.source) else b""
        opened = lambda: io.BytesIO(data)  # noqa: E731 - one of two ways to open it
    else:
        opened = lambda: path.open("rb")  # noqa: E731
    try:
        with opened() as content:
            size, sha256 = _measured(content)
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}; nothing was changed") from None
    if file.sha256 and sha256 != file.sha256:
        raise BadInput(
            f"{path or file.name}: not the file that the profile means: its sha256 is {sha256}, and {file.sha256} is "
            f"wanted ({size} bytes{_looks(opened)}); nothing was changed"
        )
    return Parcel(file.name, size, sha256, opened)


def _looks(opened: Callable[[], BinaryIO]) -> str:
    with opened() as content:
        start = content.read(512).lstrip().lower()
    return ", an HTML page" if start.startswith((b"<!doctype html", b"<html")) else ""


def _measured(content: BinaryIO) -> tuple[int, str]:
    size, digest = 0, hashlib.sha256()
    while data := content.read(CHUNK):
        size += len(data)
        digest.update(data)
    return size, digest.hexdigest()


class Load:
    """All parcels of a run, one after the other; `told` gets the name, the bytes sent so far and all bytes of each.

    A file that has shrunk meanwhile is filled up with zeros: the host says then that it is not what was announced.
    """

    def __init__(self, parcels: Iterable[Parcel], told: Callable[[str, int, int], object]) -> None:
        self.parcels = tuple(parcels)
        self.name = self.parcels[0].name if self.parcels else ""
        self.sent = 0
        self.whole = not self.parcels
        self._told = told

    def __iter__(self) -> Iterator[bytes]:
        for parcel in self.parcels:
            self.name, self.sent = parcel.name, 0
            with parcel.opened() as content:
                while left := parcel.size - self.sent:
                    self._told(parcel.name, self.sent, parcel.size)
                    data = content.read(min(CHUNK, left)) or bytes(min(CHUNK, left))
                    yield data
                    self.sent += len(data)
            self._told(parcel.name, parcel.size, parcel.size)
        self.whole = True
