"""Whether what a plan installs finds room: the solver's sizes against what is free, before anything is touched."""

from __future__ import annotations

from checks.facts import Facts
from checks.facts.disk import Place
from checks.facts.reading import Unknown
from checks.facts.solver import Solution

MIB = 1024 * 1024

MARGIN = 16 * MIB
"""Bytes that stay free: dpkg's lists, logs, and the records of the run itself."""

FETCHED, UNPACKED = "/var/cache", "/usr"
"""Where apt keeps what it fetches, and where nearly all of a package goes."""


def needs(solution: Solution | None) -> str:
    """A sentence about the room that the packages take; empty where nothing is installed."""
    if solution is None or not (solution.fetch or solution.unpack):
        return ""
    return (
        f"The packages need {_mib(solution.fetch)} on {FETCHED} while they are fetched, and {_mib(solution.unpack)} "
        f"on {UNPACKED}."
    )


def lacking(facts: Facts, solution: Solution) -> str:
    """What there is no room for, with bytes and places; empty when there is room, or when it cannot be told."""
    wanted: dict[int, int] = {}
    places: dict[int, Place] = {}
    try:
        for path, size in ((FETCHED, solution.fetch), (UNPACKED, solution.unpack)):
            place = facts.disk.holding(path)
            places[place.device] = place
            wanted[place.device] = wanted.get(place.device, 0) + size
    except Unknown:
        return ""
    short = [
        f"{places[device].mounted} has {_mib(places[device].free)} free, and {_mib(size + MARGIN)} are needed"
        for device, size in wanted.items()
        if size and places[device].free < size + MARGIN
    ]
    return f"{'; '.join(short)}. {needs(solution)}" if short else ""


def _mib(size: int) -> str:
    return f"{size / MIB:.1f} MiB"
