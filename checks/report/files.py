"""A report's file is whole or not there: who reads it while it is written sees the old one."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

_MODE = 0o644
"""Readable for everybody: node_exporter does not run as root."""


def atomically(path: Path, data: bytes) -> None:
    """Write a file beside, and rename it into place; `OSError` names `path` and leaves what was there."""
    try:
        number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
    written = Path(name)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(data)
        written.chmod(_MODE)
        written.replace(path)
    except OSError as error:
        written.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(path)) from None
