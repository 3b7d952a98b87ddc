"""A remote host: looking (`run`), and what touching needs besides (`stream`, `reboot`). Fabric opens the connection."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import paramiko
from fabric import Connection

from checks.facts.probe import as_root, as_root_with_password
from checks.facts.shell import ShellFailed
from provision.errors import GpuwrightError, NotPermitted, StepFailed, Unreachable
from provision.remote.connection import connect
from provision.remote.endpoint import Endpoint

_CHUNK = 65536

_BOOTED = """\
n=0
while [ "$n" -lt 600 ]; do
    case $(systemctl is-system-running 2>/dev/null) in initializing | starting) sleep 0.2 ;; *) exit 0 ;; esac
    n=$((n + 1))
done
"""
"""Waits until the services of the boot are up, two minutes at most: sshd answers before docker does."""


class Remote:
    """One host over SSH. The connection is opened when first needed, and again after it was lost."""

    def __init__(
        self, endpoint: Endpoint, *, config: str = "", extra: Mapping[str, Any] | None = None, password: str = ""
    ) -> None:
        self.endpoint = endpoint
        self.name = endpoint.name
        self._config = config
        self._extra = extra or {}
        self._password = password
        self._connection: Connection | None = None

    def run(self, script: str, deadline: float) -> str:
        """What the script printed, as root where possible; one exec request."""
        text: list[str] = []
        status = self.stream(script, text.append, deadline)
        if status == -1:
            raise ShellFailed(f"{self.name}: the connection was lost in the middle of the answer")
        return "".join(text)

    def stream(self, script: str, receive: Callable[[str], object], deadline: float) -> int:
        """Run a script as root where possible, and hand over its output as it comes; -1 when the connection is lost.

        `deadline` is in seconds, of silence: each piece of output starts it anew.
        """
        command = as_root_with_password(script) if self._password else as_root(script)
        try:
            channel = self._open().transport.open_session(timeout=30)
        except (paramiko.SSHException, EOFError, OSError) as error:
            raise Unreachable(f"{self.name}: the host grants no session: {error}") from None
        try:
            channel.settimeout(deadline)
            channel.exec_command(command)
            if self._password:
                channel.sendall(self._password.encode() + b"\n")
            channel.shutdown_write()
            for piece in _pieces(channel, self.name, deadline):
                receive(piece)
            self._password_was_accepted(channel)
            return int(channel.recv_exit_status())
        except (paramiko.SSHException, EOFError, ConnectionError) as error:
            raise Unreachable(f"{self.name}: the connection was lost: {error}") from None
        finally:
            channel.close()

    def _password_was_accepted(self, channel: paramiko.Channel) -> None:
        """Sudo says on standard error, in English since LC_ALL is C for it, that it did not take the password."""
        if self._password and channel.recv_stderr_ready() and b"incorrect password" in channel.recv_stderr(_CHUNK):
            raise NotPermitted(f"{self.name}: the host did not accept the sudo password; nothing was changed")

    def reboot(self, boot: str, deadline: float, waiting: Callable[[float], object]) -> None:
        """Reboot, and come back when the host answers with another boot_id than `boot`; `waiting` gets seconds."""
        with contextlib.suppress(ShellFailed, EOFError, OSError):
            self.run("systemctl reboot || shutdown -r now\n", 30)
        started = time.monotonic()
        self.close()
        reason = "it did not go down"
        while (elapsed := time.monotonic() - started) < deadline:
            waiting(elapsed)
            time.sleep(0.5)
            try:
                if self._boot_id() not in ("", boot):
                    self.run(_BOOTED, 180)
                    return
            except (GpuwrightError, ShellFailed, OSError, EOFError) as error:
                reason = str(error)
            self.close()
        raise StepFailed(
            f"{self.name}: not back {deadline:.0f} s after its reboot ({reason}). What was done before the reboot "
            "stands. Look at its console; when it is up, run the same command again: it goes on from there"
        )

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._connection is not None:
            with contextlib.suppress(OSError, EOFError):
                self._connection.close()
        self._connection = None

    def _boot_id(self) -> str:
        return self.run("cat /proc/sys/kernel/random/boot_id\n", 10).strip()

    def _open(self) -> Connection:
        if self._connection is None or not self._connection.is_connected:
            self._connection = connect(self.endpoint, self._extra, config=self._config)
        return self._connection


def _pieces(channel: Any, name: str, deadline: float) -> Iterator[str]:
    """Whole lines as they come, and at the end what is left of one."""
    rest = b""
    while True:
        try:
            data = channel.recv(_CHUNK)
        except TimeoutError:
            raise Unreachable(f"{name}: no answer for {deadline:.0f} s; the connection was given up") from None
        lines, newline, rest = (rest + data).rpartition(b"\n")
        if lines or newline:
            yield (lines + newline).decode(errors="replace")
        if not data:
            break
    if rest:
        yield rest.decode(errors="replace")
