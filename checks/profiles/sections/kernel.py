"""[kernel]: which of a host's kernels the driver is built for."""

from __future__ import annotations

from dataclasses import dataclass, field

from checks.profiles.described import key
from checks.profiles.kinds import choice


@dataclass(frozen=True)
class KernelProfile:
    """[kernel]."""

    cover: str = field(
        default="offered",
        metadata=key(
            choice("boot", "offered", "all"),
            "which installed kernels must have headers and a module; boot: the running one and the next boot's; "
            "offered: also others whose headers are there, or known to be offered (apt); all: every one",
        ),
    )
