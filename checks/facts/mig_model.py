"""How a GPU can be divided, by its PCI device id: the profiles of its model, and which go together.

The table is mig.toml; its header names the sources.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from checks.facts.data import beside

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@dataclass(frozen=True)
class Slice:
    """What an instance of a profile takes: compute slices, and memory slices from one of `starts` on."""

    id: int
    compute: int
    size: int
    starts: tuple[int, ...]
    most: int


@dataclass(frozen=True)
class Model:
    """A model of GPU: `driver` is the first branch that divides it, `compute` how many compute slices it has."""

    name: str
    driver: int
    compute: int
    profiles: Mapping[str, Slice]

    def in_order(self, names: Iterable[str]) -> tuple[str, ...]:
        """The profiles in the order in which they are made: the largest first, so that each finds its place."""
        return tuple(sorted(names, key=lambda name: (-self.profiles[name].size, -self.profiles[name].compute, name)))

    def problem(self, names: tuple[str, ...]) -> str:
        """Why a GPU of this model cannot be divided so; empty when it can."""
        for name in names:
            if name not in self.profiles:
                return f"{name} is no profile of {self.name}, which has {', '.join(self.profiles)}"
            if names.count(name) > self.profiles[name].most:
                return f"{self.name} holds {self.profiles[name].most} x {name} at most, not {names.count(name)}"
        slices = [self.profiles[name] for name in self.in_order(names)]
        if sum(each.compute for each in slices) > self.compute or not _fits(slices, frozenset()):
            return f"{', '.join(names)} do not fit together on {self.name}"
        return ""


def _fits(slices: list[Slice], taken: frozenset[int]) -> bool:
    if not slices:
        return True
    places = (frozenset(range(start, start + slices[0].size)) for start in slices[0].starts)
    return any(not place & taken and _fits(slices[1:], taken | place) for place in places)


@cache
def _models() -> Mapping[int, Model]:
    table = tomllib.loads((beside(__file__) / "mig.toml").read_text(encoding="utf-8"))
    found = {}
    for name, given in table["model"].items():
        shape = table["shape"][given["shape"]]
        made = {
            profile: Slice(**{**shape[kind], "starts": tuple(shape[kind]["starts"])})
            for profile, kind in given["profiles"].items()
        }
        model = Model(name.upper().replace("-", " "), given["driver"], shape["slices"], made)
        found.update({int(one, 16): model for one in given["ids"]})
    return found


def of(device_id: int) -> Model | None:
    """The model of a PCI device id of vendor 10de; None: it cannot be divided, or the table does not know it."""
    return _models().get(device_id)
