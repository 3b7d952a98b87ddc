"""Two faults at once on one host: the one that stands earlier in the chain of causes comes first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import combinations

from tests.faultbench.fault import Fault

CHAIN = (
    "machine check",
    "the root file system turned read-only",
    "one archive in two files, one without Signed-By",
    "library upgraded under the loaded module",
    "the CUDA toolkit's stub is on the loader's path",
    "uncorrected error in DRAM",
    "daemon.json with a trailing comma, docker down",
    "CDI mode without a spec",
)
"""Faults that fail, one of each stage, causes before symptoms."""


def pairs(faults: Mapping[str, Fault]) -> Iterator[Fault]:
    """Every two of them, on one host."""
    for first, second in combinations((faults[name] for name in CHAIN), 2):
        both = f"{first.name}, and {second.name}"
        yield replace(first, name=both, source=f"{first.source}; {second.source}", alter=(*first.alter, *second.alter))
