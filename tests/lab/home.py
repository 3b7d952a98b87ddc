"""Where the lab keeps things, and the locks that let several people and tests use it at once."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

DEFAULT = "/var/lib/gpuwright-lab"


@dataclass(frozen=True)
class Home:
    """The lab's directory: bases and layers are kept, everything else lives as long as its host."""

    path: Path

    @classmethod
    def default(cls) -> Home:
        """Use GPUWRIGHT_LAB_HOME, else /var/lib/gpuwright-lab."""
        return cls(Path(os.environ.get("GPUWRIGHT_LAB_HOME") or DEFAULT))

    @property
    def bases(self) -> Path:
        """Installed systems, read-only once built."""
        return self.path / "bases"

    @property
    def disks(self) -> Path:
        """Hosts and layers: together, because a host's changes become a layer by being moved."""
        return self.path / "disks"

    @property
    def layers(self) -> Path:
        """What was installed over a base once, for many hosts."""
        return self.disks / "layers"

    @property
    def hosts(self) -> Path:
        """One directory per host: its machine."""
        return self.disks / "hosts"

    @property
    def packages(self) -> Path:
        """Every package file ever fetched, for all hosts."""
        return self.path / "packages"

    @property
    def standin(self) -> Path:
        """The built stand-ins, by digest of their sources."""
        return self.path / "standin"

    @property
    def key(self) -> Path:
        """The operator's private key for all lab hosts."""
        return self.path / "key"

    @property
    def ssh_config(self) -> Path:
        """For `ssh -F` and for fab."""
        return self.path / "ssh_config"

    @property
    def known_hosts(self) -> Path:
        """The host keys of the hosts that are up."""
        return self.path / "known_hosts"

    @property
    def network(self) -> Path:
        """What was changed on the machine and has to be put back."""
        return self.path / "network.json"

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """Hold one of the lab's locks; waiting for it is the point."""
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / f".{name}.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def write(path: Path, text: str, mode: int = 0o644) -> None:
    """Write a file whole or not at all."""
    write_bytes(path, text.encode(), mode)


def write_bytes(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Likewise, for what is no text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    aside.write_bytes(content)
    aside.chmod(mode)
    aside.replace(path)
