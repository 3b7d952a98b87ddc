"""What a peer is: its name, what pip installs for it, and the command that does a work on hosts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.work import States

SCRIPTS = Path(__file__).parent.parent / "scripts"


@dataclass(frozen=True)
class Task:
    """One work on some hosts: `folder` is for files that the command needs, `bin` the peer's own environment."""

    work: str
    hosts: Sequence[str]
    addresses: Sequence[str]
    states: States
    folder: Path
    ssh_config: Path
    key: Path
    known_hosts: Path
    bin: Path


Command = Callable[[Task], tuple[list[str], dict[str, str]]]
"""The command line and its environment; it ends with 0 when every host did all of it."""


@dataclass(frozen=True)
class Peer:
    """`slow`: fewer repeats on many hosts; `at_most`: hosts beyond which it is not measured, which the table says."""

    name: str
    requirements: tuple[str, ...]
    command: Command
    words: str
    slow: bool = False
    at_most: int = 500
