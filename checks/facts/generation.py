"""Which generation a GPU is of, by its PCI device id, and which driver branches can drive it.

The table is generations.toml; its header names the sources.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from checks.facts.data import beside

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TABLE = beside(__file__) / "generations.toml"


@dataclass(frozen=True)
class Generation:
    """A generation of GPUs: `first` and `last` are driver branches; a last of 0 means that none is known.

    `modules` says which of the driver's two kernel modules drives it: open, proprietary, or either. `cuda` and `cudnn`
    are the newest versions that support it; empty where no end is known.
    """

    name: str
    first: int
    last: int
    modules: str = "either"
    cuda: str = ""
    cudnn: str = ""

    def drives(self, branch: int) -> bool:
        """Whether that branch of the driver supports this generation."""
        return branch >= self.first and (not self.last or branch <= self.last)

    @property
    def branches(self) -> str:
        """The branches that do, in words."""
        return f"{self.first} to {self.last}" if self.last else f"{self.first} or later"

    @property
    def ends(self) -> str:
        """What it needs of a branch, in words: for a generation that has an end, that is what counts."""
        return f"branch {self.last} at most" if self.last else f"branch {self.first} or later"


@cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return table


def generations() -> tuple[Generation, ...]:
    """Every generation, the oldest first."""
    return tuple(Generation(name, **values) for name, values in _table()["generation"].items())


@cache
def _ranges() -> tuple[tuple[range, Generation], ...]:
    table = _table()
    found = []
    for name, ranges in table["ids"].items():
        generation = Generation(name, **table["generation"][name])
        for text in ranges:
            first, last = (int(part, 16) for part in text.split("-"))
            found.append((range(first, last + 1), generation))
    return tuple(found)


def of(device_id: int) -> Generation | None:
    """The generation of a PCI device id of vendor 10de, as that board has it; None when it is not known."""
    found = next((generation for ids, generation in _ranges() if device_id in ids), None)
    since = _table()["since"].get(f"{device_id:04x}")
    return replace(found, first=since) if found and since else found
