"""What touching a host needs, and where a run is shown and agreed to."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import Protocol

from checks.facts.probe import as_root
from checks.facts.shell import Local, Shell
from provision.errors import StepFailed


class Host(Shell, Protocol):
    """A host that can be touched."""

    name: str

    def stream(self, script: str, receive: Callable[[str], object], deadline: float) -> int:
        """Run a script and hand over its output as it comes; its exit status, or -1 when the connection is lost."""
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


class LocalHost(Local):
    """The machine this program runs on. It cannot reboot itself and go on: the caller stops before a reboot."""

    name = "localhost"

    def stream(self, script: str, receive: Callable[[str], object], deadline: float) -> int:
        """Run a script here; `deadline` is not needed, since nothing is between us and it."""
        del deadline
        command = ["sh", "-c", as_root(script)]
        with subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, errors="replace"
        ) as process:
            for line in process.stdout or ():
                receive(line)
        return process.returncode

    def reboot(self, boot: str, deadline: float, waiting: Callable[[float], object]) -> None:
        """Never: it would end this program before its work is done."""
        del boot, deadline, waiting
        raise StepFailed(f"{self.name}: reboot this machine, then run the same command again")
