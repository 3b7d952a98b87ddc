"""A package, before it becomes a .deb or an .rpm."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

DIRECTORY, FILE, LINK = 0o040000, 0o100000, 0o120000


@dataclass(frozen=True)
class Entry:
    """One file: content and permissions; for a link, `content` is what it points to."""

    content: bytes = b""
    mode: int = FILE | 0o644

    @property
    def link(self) -> bool:
        """Whether it is a symbolic link."""
        return self.mode & 0o170000 == LINK

    @property
    def folder(self) -> bool:
        """Whether it is a directory."""
        return self.mode & 0o170000 == DIRECTORY


def text(content: str, mode: int = 0o644) -> Entry:
    """A file with this text."""
    return Entry(content.encode(), FILE | mode)


def program(content: bytes | str, mode: int = 0o755) -> Entry:
    """A file that can be run."""
    return Entry(content.encode() if isinstance(content, str) else content, FILE | mode)


def link(target: str) -> Entry:
    """A symbolic link."""
    return Entry(target.encode(), LINK | 0o777)


@dataclass(frozen=True, eq=False)
class Package:
    """Name, version as its format writes it (epoch:version-release), relations as their format writes them.

    `scripts` has the sh of after-install, before-remove and after-remove.
    """

    name: str
    version: str
    arch: str = "x86_64"
    summary: str = ""
    requires: tuple[str, ...] = ()
    provides: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    obsoletes: tuple[str, ...] = ()
    files: Mapping[str, Entry] = field(default_factory=dict)
    scripts: Mapping[str, str] = field(default_factory=dict)
    conffiles: tuple[str, ...] = ()

    @property
    def epoch(self) -> str:
        """The epoch; empty when there is none."""
        return self.version.rpartition(":")[0]

    @property
    def upstream(self) -> str:
        """The version without epoch and release."""
        return self.version.rpartition(":")[2].rpartition("-")[0] or self.version.rpartition(":")[2]

    @property
    def release(self) -> str:
        """What follows the last hyphen."""
        return self.version.rpartition(":")[2].rpartition("-")[2]

    @property
    def size(self) -> int:
        """Bytes when installed."""
        return sum(len(entry.content) for entry in self.files.values())
