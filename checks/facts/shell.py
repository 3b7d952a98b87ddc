"""The one thing that looking needs: a way to run a script on a host and get its text."""

from __future__ import annotations

import subprocess
from typing import Protocol

from checks.facts.probe import as_root


class ShellFailed(Exception):  # noqa: N818 - the shell failed, not this program
    """The script could not be run to its end; the text says why."""


class Shell(Protocol):
    """Runs a script on one host."""

    def run(self, script: str, deadline: float) -> str:
        """What the script printed; `ShellFailed` when it does not end within `deadline` seconds."""
        ...


class Local:
    """The host this program runs on."""

    def run(self, script: str, deadline: float) -> str:
        """Run the script here, as root where sudo needs no password."""
        command = ["sh", "-c", as_root(script)]
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=deadline, check=False)
        except subprocess.TimeoutExpired:
            raise ShellFailed(f"the probe did not end within {deadline:.0f} s on this host") from None
        except OSError as error:
            raise ShellFailed(f"cannot run sh on this host: {error.strerror}") from None
        return done.stdout.decode(errors="replace")
