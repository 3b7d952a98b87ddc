"""How a report looks where it is printed: in colour and wrapped on a terminal, plain and whole anywhere else."""

from __future__ import annotations

import os
import shutil
from typing import TextIO, TypedDict


class Look(TypedDict):
    """What `render` is told: colour or not, and the width in columns (0: no wrapping)."""

    colour: bool
    width: int


def look(out: TextIO) -> Look:
    """Colour unless NO_COLOR is set (no-color.org) or the terminal is a dumb one."""
    if not out.isatty():
        return Look(colour=False, width=0)
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return Look(colour=not plain, width=shutil.get_terminal_size().columns)
