"""Commands of the machine: run, and a failure says what the command itself said."""

from __future__ import annotations

import os
import shlex
import subprocess
from typing import TYPE_CHECKING

from tests.lab.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# The messages of ip, mount and mmdebstrap end up in errors: in one language.
ENVIRONMENT = {**os.environ, "LC_ALL": "C", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}


def run(
    *argv: str | Path,
    check: bool = True,
    text: str | None = None,
    timeout: float = 120,
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run one command of the machine with no terminal and, unless `text` is its input, nothing to read."""
    words = [str(word) for word in argv]
    try:
        done = subprocess.run(
            words,
            input=text,
            stdin=subprocess.DEVNULL if text is None else None,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=timeout,
            env={**ENVIRONMENT, **(environment or {})},
        )
    except FileNotFoundError as missing:
        raise LabError(f"{words[0]} is not installed (tests/lab/packages.txt lists what is needed)") from missing
    except subprocess.TimeoutExpired as late:
        raise LabError(f"{shlex.join(words)} took more than {timeout:g} s") from late
    if check and done.returncode != 0:
        raise LabError(f"{shlex.join(words)} failed with {done.returncode}: {last_lines(done)}")
    return done


def last_lines(done: subprocess.CompletedProcess[str], count: int = 5) -> str:
    """What the command said last, on one line."""
    said = (done.stderr or "").strip() or (done.stdout or "").strip() or "it said nothing"
    return "; ".join(said.splitlines()[-count:])
