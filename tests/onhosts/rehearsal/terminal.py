"""A client on a terminal of its own, and somebody who types ^C there."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import threading

from tests.onhosts.fab import ROOT, environment
from tests.onhosts.rehearsal.stage import wait


class Typist:
    """`provision --yes` of the rehearsal on a pseudo terminal."""

    def __init__(self, host: str, *flags: str, env: dict[str, str] | None = None) -> None:
        self._keys, screen = pty.openpty()
        verb = ("provision", "--profile", "debian", "--yes", *flags)
        command = [sys.executable, "-m", "tests.onhosts.rehearsal", "-H", host, *verb]
        self.process = subprocess.Popen(
            ["setsid", "--ctty", "--wait", *command],
            cwd=ROOT,
            env={**environment(), "TERM": "xterm", "COLUMNS": "100", **(env or {})},
            stdin=screen,
            stdout=screen,
            stderr=screen,
        )
        os.close(screen)
        self.seen = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        try:
            while data := os.read(self._keys, 65536):
                self.seen += data.decode(errors="replace")
        except OSError:  # the other side is closed
            return

    def interrupt(self) -> None:
        """Press ^C."""
        os.write(self._keys, b"\x03")

    def sees(self, text: str) -> None:
        """Wait until it is on the screen."""
        wait(lambda: text in self.seen, f"no {text!r} in {self.seen!r}")

    def ends(self) -> int:
        """Wait for the client's end; its status."""
        status = self.process.wait(timeout=120)
        self._reader.join(timeout=10)
        os.close(self._keys)
        return status
