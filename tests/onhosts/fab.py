"""The verbs as a person runs them: fab in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
BIN = Path(sys.executable).parent


def environment() -> dict[str, str]:
    """Nothing of the developer's own shell but PATH."""
    kept = ("PATH", "HOME", "GPUWRIGHT_LAB_HOME")
    return {key: value for key, value in os.environ.items() if key in kept}


def command(host: str, *arguments: str, core: tuple[str, ...] = ()) -> list[str]:
    """Write the command line down; `core` are flags of fab itself; an empty host: the verb names hosts itself."""
    return [str(BIN / "fab"), *core, *(["-H", host] if host else []), *arguments]


def fab(
    host: str, *arguments: str, core: tuple[str, ...] = (), env: dict[str, str] | None = None, timeout: float = 1500
) -> subprocess.CompletedProcess[str]:
    """Run `fab -H host ARGUMENTS` and keep what it printed."""
    return subprocess.run(
        command(host, *arguments, core=core),
        cwd=ROOT,
        env=environment() | (env or {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def start(host: str, *arguments: str) -> subprocess.Popen[str]:
    """Start `fab -H host ARGUMENTS` and go on."""
    return subprocess.Popen(
        command(host, *arguments),
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
