"""The one thing that looking needs: a way to run a script on a host and get its text."""

from __future__ import annotations

import subprocess
from typing import Protocol

from checks.facts.root import as_root, as_root_with_password, refusal


class ShellFailed(Exception):  # noqa: N818 - the shell failed, not this program
    """The script could not be run to its end; the text says why."""


class NotRoot(ShellFailed):
    """The host did not take the sudo password it was given; the script was not begun."""


class Shell(Protocol):
    """Runs a script on one host."""

    def run(self, script: str, deadline: float) -> str:
        """What the script printed; `ShellFailed` when it does not end within `deadline` seconds."""
        ...


class Local:
    """The host this program runs on. A password is for its sudo."""

    name = "localhost"

    def __init__(self, password: str = "") -> None:
        self._password = password

    def run(self, script: str, deadline: float) -> str:
        """Run the script here, as root where sudo allows it."""
        command, given = self._as_root(script)
        try:
            done = subprocess.run(command, input=given, capture_output=True, timeout=deadline, check=False)
        except subprocess.TimeoutExpired:
            raise ShellFailed(f"the probe did not end within {deadline:.0f} s on this host") from None
        except OSError as error:
            raise ShellFailed(f"cannot run sh on this host: {error.strerror}") from None
        self._was_root(done.stderr)
        return done.stdout.decode(errors="replace")

    def _as_root(self, script: str, *, fed: bool = False) -> tuple[list[str], bytes]:
        """The command, and how its standard input begins."""
        if not self._password:
            return ["sh", "-c", as_root(script, fed=fed)], b""
        return ["sh", "-c", as_root_with_password(script, fed=fed)], f"{self._password}\n".encode()

    def _was_root(self, said: bytes) -> None:
        if self._password and (why := refusal(said.decode(errors="replace"))):
            raise NotRoot(f"{self.name}: {why}; nothing was changed")
