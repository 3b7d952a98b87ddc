"""What a package brings: files and the sh of its scripts; and what several kinds of payload need."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.lab.mirror import binaries
from tests.lab.mirror.package import Entry, link

if TYPE_CHECKING:
    from collections.abc import Mapping

# Where the lab lays Debian's own docker and DKMS in a host that has the mirror.
BORROWED = "/usr/lib/gpuwright-lab-debian"


@dataclass(frozen=True)
class Payload:
    """Files by path, and scripts by their moment: after-install, before-remove, after-remove."""

    files: Mapping[str, Entry] = field(default_factory=dict)
    scripts: Mapping[str, str] = field(default_factory=dict)


def shared(folder: str, name: str, soname: str, version: str) -> dict[str, Entry]:
    """A library NAME.VERSION, and the link by which the loader knows it."""
    files = {f"{folder}/{name}.{version}": Entry(binaries.library(soname))}
    if soname != f"{name}.{version}":
        files[f"{folder}/{soname}"] = link(f"{name}.{version}")
    return files
