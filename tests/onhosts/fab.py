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


OF_DEBIAN = ("provision", "plan", "doctor")
"""The verbs that these tests run with the stack of Debian's own packages, unless they name a profile themselves."""


def command(host: str, *arguments: str, core: tuple[str, ...] = (), profile: str = "debian") -> list[str]:
    """Write the command line down; `core` are flags of fab itself; an empty host: the verb names hosts itself.

    An empty profile: which one counts is left to the verb.
    """
    named = profile and host and arguments[0] in OF_DEBIAN and "--profile" not in arguments
    return [
        str(BIN / "fab"),
        *core,
        *(["-H", host] if host else []),
        *arguments,
        *(["--profile", profile] if named else []),
    ]


def fab(
    host: str,
    *arguments: str,
    core: tuple[str, ...] = (),
    env: dict[str, str] | None = None,
    timeout: float = 1500,
    profile: str = "debian",
) -> subprocess.CompletedProcess[str]:
    """Run `fab -H host ARGUMENTS` and keep what it printed."""
    return subprocess.run(
        command(host, *arguments, core=core, profile=profile),
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
