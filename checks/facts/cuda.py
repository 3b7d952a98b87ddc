"""Which CUDA a driver runs, and whether an image's own condition (NVIDIA_REQUIRE_CUDA) holds on it.

The table is cuda.toml; its header names the source. A condition reads "cuda>=12.8 brand=tesla,driver>=535,driver<536":
any of the words that stand apart is enough, and all that a comma joins must hold.
"""

from __future__ import annotations

import operator
import re
import sys
from collections.abc import Callable
from functools import cache

from checks.facts.data import beside

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TABLE = beside(__file__).parent / "cuda.toml"

_TERM = re.compile(r"(cuda|driver)(>=|<=|>|<|=)(\d[\d.]*)$")
_COMPARE: dict[str, Callable[[tuple[int, ...], tuple[int, ...]], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "=": operator.eq,
}


@cache
def _table() -> dict[int, str]:
    found = tomllib.loads(TABLE.read_text(encoding="utf-8"))["branch"]
    return {int(branch): str(version) for branch, version in found.items()}


def ceiling(driver: str) -> str:
    """The newest CUDA that a driver version runs; empty for a branch newer or older than the table."""
    branch = int(match[0]) if (match := re.match(r"\d+", driver)) else 0
    known = [number for number in _table() if number <= branch]
    return _table()[max(known)] if known and branch <= max(_table()) else ""


def holds(condition: str, driver: str) -> bool:
    """Whether a driver satisfies an image's condition; what is not understood counts as satisfied."""
    words = condition.split()
    return not words or any(all(_holds(term, driver) for term in word.split(",")) for word in words)


def _holds(term: str, driver: str) -> bool:
    match = _TERM.match(term)
    have = ceiling(driver) if term.startswith("cuda") else driver
    if match is None or not have:
        return True
    want = _numbers(match[3])
    return _COMPARE[match[2]](_numbers(have)[: len(want)], want)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))
