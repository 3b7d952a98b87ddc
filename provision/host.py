"""What touching a host needs, and where a run is shown and agreed to."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterable
from contextlib import suppress
from tempfile import TemporaryFile
from typing import Protocol

from checks.facts.shell import Local, Shell
from provision.errors import StepFailed


class Host(Shell, Protocol):
    """A host that can be touched."""

    name: str

    def stream(
        self, script: str, receive: Callable[[str], object], deadline: float, feed: Iterable[bytes] | None = None
    ) -> int:
        """Run a script and hand over its output as it comes; its exit status, or -1 when the connection is lost.

        `feed` is its standard input, which it has until it ends or stops reading.
        """
        ...

    def reboot(self, boot: str, deadline: float, waiting: Callable[[float], object]) -> None:
        """Reboot, and come back when the boot_id is no longer `boot`; `waiting` gets the seconds so far."""
        ...


class Console(Protocol):
    """Where a run is shown and agreed to."""

    def show(self, text: str) -> None:
        """Print a text for a person."""
        ...

    def agree(self, question: str) -> bool:
        """Ask; `NoConsent` where nobody can be asked."""
        ...

    def event(self, line: str) -> None:
        """A line of a run's log: an event when it begins with @, else output of a step."""
        ...

    def waiting(self, seconds: float) -> None:
        """The host has been rebooting for so long."""
        ...

    def bringing(self, name: str, sent: int, size: int) -> None:
        """So many of a file's bytes have been sent to the host."""
        ...


class LocalHost(Local):
    """The machine this program runs on. It cannot reboot itself and go on: the caller stops before a reboot."""

    def stream(
        self, script: str, receive: Callable[[str], object], deadline: float, feed: Iterable[bytes] | None = None
    ) -> int:
        """Run a script here; `deadline` is not needed, since nothing is between us and it."""
        del deadline
        command, given = self._as_root(script, fed=feed is not None)
        pipe = subprocess.PIPE
        with TemporaryFile() as said, subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=said) as process:
            if process.stdin:
                with suppress(BrokenPipeError), process.stdin:
                    process.stdin.write(given)
                    for data in feed or ():
                        process.stdin.write(data)
            for line in process.stdout or ():
                receive(line.decode(errors="replace"))
            process.wait()
            said.seek(0)
            self._was_root(said.read())
        return process.returncode

    def reboot(self, boot: str, deadline: float, waiting: Callable[[float], object]) -> None:
        """Never: it would end this program before its work is done."""
        del boot, deadline, waiting
        raise StepFailed(f"{self.name}: reboot this machine, then run the same command again")
