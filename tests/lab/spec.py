"""What a host was asked to be, kept beside it for as long as it exists."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from tests.lab import hardware
from tests.lab.errors import UsageError
from tests.lab.home import write
from tests.lab.simulations import SIMULATIONS

if TYPE_CHECKING:
    from pathlib import Path

MOST_HOSTS = 999
NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True)
class Spec:
    """One host as asked for, with the number and the layers it got."""

    name: str
    index: int
    address: str
    os: str
    gpus: str
    faults: tuple[str, ...]
    latency_ms: float
    layer: str | None
    lowers: tuple[str, ...]

    def save(self, machine: Path) -> None:
        """Write it down."""
        write(machine / "name", f"{self.name}\n")
        write(machine / "spec.json", json.dumps(asdict(self), indent=1))

    @classmethod
    def load(cls, machine: Path) -> Spec:
        """Read it back."""
        fields = json.loads((machine / "spec.json").read_text())
        return cls(**{**fields, "faults": tuple(fields["faults"]), "lowers": tuple(fields["lowers"])})

    def asked(self) -> str:
        """What somebody asked for, in words."""
        words = [self.os + (" (package-manager simulation)" if self.os in SIMULATIONS else ""), f"gpus {self.gpus}"]
        words += [f"layer {self.layer}"] if self.layer else []
        words += [f"fault {','.join(self.faults)}"] if self.faults else []
        words += [f"latency {self.latency_ms:g} ms"] if self.latency_ms else []
        return ", ".join(words)


def check_name(name: str) -> str:
    """Host names are host names."""
    if not NAME.fullmatch(name):
        raise UsageError(f"{name!r} cannot be the name of a host: letters, digits and hyphens, in lower case")
    return name


def check_gpus(gpus: str) -> str:
    """Refuse cards that the lab cannot simulate: `none`, or a model and how many of it."""
    try:
        hardware.parse_spec(gpus)
    except ValueError as wrong:
        raise UsageError(str(wrong)) from wrong
    return gpus


def free_index(used: set[int]) -> int:
    """Choose the lowest number that no host has."""
    for index in range(1, MOST_HOSTS + 1):
        if index not in used:
            return index
    raise UsageError(f"the lab has its {MOST_HOSTS} hosts: take some down")
