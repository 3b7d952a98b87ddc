"""NVIDIA's driver branches, and by which packages NVIDIA's repositories offer them: drivers.toml, with its sources."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from checks.facts.data import beside

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TABLE = beside(__file__).parent / "drivers.toml"

FLAVOURS = ("open", "proprietary")
"""The two kernel modules, the one that NVIDIA recommends first."""


@dataclass(frozen=True)
class Branch:
    """A branch: its kind (lts, production, new-feature), when NVIDIA ends it, the newest major version of CUDA on it.

    `modules` says which kernel modules it has: open, proprietary, or either.
    """

    number: int
    kind: str
    cuda: int
    until: str = ""
    modules: str = "either"

    @property
    def flavours(self) -> tuple[str, ...]:
        """The kernel modules that it has."""
        return FLAVOURS if self.modules == "either" else (self.modules,)

    def __str__(self) -> str:
        return f"{self.number} ({self.kind}{f', until {self.until}' if self.until else ''})"


@dataclass(frozen=True)
class Offer:
    """By which packages the repositories of some releases offer some branches; {branch} and {pin} stand in the names.

    `first` keep the package manager on the branch and are installed before the others. `components` are those of the
    distribution's own archive that they need something from. `streams` are dnf's modules. `source` is whose packages
    they are. Where a module's package is one for each kernel, {kernel} stands in its name: it is built already, and
    follows versions of its own, as the `unpinned` do.
    """

    releases: tuple[str, ...]
    machines: tuple[str, ...]
    branches: tuple[int, ...]
    packages: tuple[str, ...]
    open: tuple[str, ...]
    proprietary: tuple[str, ...]
    first: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    streams: Mapping[str, str] = field(default_factory=dict)
    source: str = "nvidia"
    unpinned: tuple[str, ...] = ()

    @property
    def precompiled(self) -> bool:
        """Whether its modules come as packages for each kernel, and nothing is built on the host."""
        return any("{kernel}" in name for name in (*self.open, *self.proprietary))

    def module(self, flavour: str) -> tuple[str, ...]:
        """The packages of one of the two kernel modules."""
        return self.open if flavour == "open" else self.proprietary


@cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return table


@cache
def branches() -> dict[int, Branch]:
    """Every branch that is known, by its number, the oldest first."""
    return {int(number): Branch(int(number), **values) for number, values in _table()["branch"].items()}


@cache
def offers() -> tuple[Offer, ...]:
    """What the repositories offer."""
    return tuple(Offer(**_frozen(entry)) for entry in _table()["offer"])


def _frozen(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in entry.items()}


def fabric(*, nvlink5: bool) -> tuple[str, ...]:
    """The packages of the fabric manager; those of NVLink 5 want a subnet manager too."""
    table = _table()["fabric"]
    return (*table["packages"], *(table["nvlink5"] if nvlink5 else ()))


def releases(source: str = "nvidia") -> tuple[str, ...]:
    """The releases for which something is offered by this source; by any, where it is `auto`."""
    found = (offer for offer in offers() if source in ("auto", offer.source))
    return tuple(dict.fromkeys(release for offer in found for release in offer.releases))
