"""A remote host: looking (`run`), and what touching needs besides (`stream`, `reboot`). Fabric opens the connection."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

import paramiko
from fabric import Connection
from paramiko.ssh_exception import ChannelException

from checks.facts.root import as_root, as_root_with_password, refusal
from checks.facts.shell import NotRoot, ShellFailed
from provision.errors import Unreachable
from provision.remote.connection import close, connect
from provision.remote.endpoint import Endpoint
from provision.remote.reboot import reboot
from provision.remote.transport import Transport

_CHUNK = 65536


class Remote:
    """One host over SSH. The connection is opened when first needed, and again after it was lost."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        config: str = "",
        extra: Mapping[str, Any] | None = None,
        password: str = "",
        accept_new: bool = False,
    ) -> None:
        self.endpoint = endpoint
        self.name = endpoint.name
        self._config = config
        self._extra = extra or {}
        self._password = password
        self._accept_new = accept_new
        self._connection: Connection | None = None
        self._opening: Future[Connection] | None = None

    def begin(self) -> None:
        """Begin to connect, while the caller does something else; what goes wrong is said when the host is used."""
        opening: Future[Connection] = Future()
        self._opening = opening
        threading.Thread(target=_fulfil, args=(opening, self._connect), name="connect", daemon=True).start()

    def run(self, script: str, deadline: float) -> str:
        """What the script printed, as root where possible; one exec request."""
        text: list[str] = []
        said = bytearray()
        status = self._stream(script, text.append, deadline, said)
        if status == -1:
            raise ShellFailed(f"{self.name}: the connection was lost in the middle of the answer")
        if status and said.strip() and not "".join(text).strip():
            last = said.decode(errors="replace").strip().splitlines()[-1][-200:]
            raise ShellFailed(
                f"{self.name}: the account {self.endpoint.user} cannot run sh there; the host said: {last}"
            )
        return "".join(text)

    def stream(
        self, script: str, receive: Callable[[str], object], deadline: float, feed: Iterable[bytes] | None = None
    ) -> int:
        """Run a script as root where possible, and hand over its output as it comes; -1 when the connection is lost.

        `deadline` is in seconds, of silence: each piece of output starts it anew, and so does each of `feed`, which is
        the script's standard input, that the host takes.
        """
        return self._stream(script, receive, deadline, bytearray(), feed)

    def _stream(
        self,
        script: str,
        receive: Callable[[str], object],
        deadline: float,
        said: bytearray,
        feed: Iterable[bytes] | None = None,
    ) -> int:
        wrap = as_root_with_password if self._password else as_root
        command = wrap(script, fed=feed is not None)
        channel = self._session()
        try:
            channel.exec_command(command)
            with suppress(OSError):  # a script that needs no password may have ended before it was sent
                channel.sendall(self._password.encode() + b"\n" if self._password else b"")
            with suppress(ConnectionResetError):
                for data in feed or ():
                    self._give(channel, data, deadline)
            with suppress(OSError):
                channel.shutdown_write()
            for piece in self._pieces(channel, deadline, said):
                receive(piece)
            status = int(channel.recv_exit_status())
            said += _standard_error(channel)
        except (paramiko.SSHException, EOFError, ConnectionError) as error:
            raise Unreachable(f"{self.name}: the connection was lost: {str(error) or 'it was closed'}") from None
        finally:
            with suppress(EOFError, OSError):  # the connection may be gone, and what it said of itself is what counts
                channel.close()
        if self._password and (why := refusal(said.decode(errors="replace"))):
            raise NotRoot(f"{self.name}: {why}; nothing was changed")
        return status

    def _session(self) -> paramiko.Channel:
        try:
            channel: paramiko.Channel = self._open().transport.open_session(timeout=30)
        except ChannelException as error:
            raise Unreachable(
                f"{self.name}: {self.endpoint.user} is let in, but the host grants no session ({error.text}): "
                "an account for tunnels only, or MaxSessions of its sshd_config is too low"
            ) from None
        except (paramiko.SSHException, EOFError, OSError) as error:
            raise Unreachable(f"{self.name}: the host grants no session: {error}") from None
        return channel

    def _pieces(self, channel: paramiko.Channel, deadline: float, said: bytearray) -> Iterator[str]:
        """Whole lines as they come, and at the end what is left of one.

        In silence the host is asked from time to time whether it is still there, as ssh does.
        """
        rest, silent = b"", 0.0
        while True:
            wait = min(self.endpoint.alive_interval, deadline - silent)
            channel.settimeout(wait)
            try:
                data = channel.recv(_CHUNK)
            except TimeoutError:
                silent += wait
                self._still_there(channel, silent, deadline)
                continue
            silent = 0.0
            said += _standard_error(channel)
            lines, newline, rest = (rest + data).rpartition(b"\n")
            if lines or newline:
                yield (lines + newline).decode(errors="replace")
            if not data:
                break
        if rest:
            yield rest.decode(errors="replace")

    def _give(self, channel: paramiko.Channel, data: bytes, deadline: float) -> None:
        """Hand the script some of its input; `ConnectionResetError` when it has ended, with or without the host."""
        silent = 0.0
        while data:
            wait = min(self.endpoint.alive_interval, deadline - silent)
            channel.settimeout(wait)
            try:
                sent = channel.send(data)
            except TimeoutError:
                silent += wait
                self._still_there(channel, silent, deadline)
                continue
            except OSError:
                sent = 0
            if not sent:
                raise ConnectionResetError
            data, silent = data[sent:], 0.0

    def _still_there(self, channel: paramiko.Channel, silent: float, deadline: float) -> None:
        """`Unreachable` when nothing has come for `deadline` seconds, or the host does not even say that it lives."""
        interval, count = self.endpoint.alive_interval, self.endpoint.alive_count
        if silent >= deadline:
            raise Unreachable(f"{self.name}: no answer for {deadline:.0f} s; the connection was given up") from None
        transport = channel.get_transport()
        if isinstance(transport, Transport) and not transport.answers(interval * count):
            raise Unreachable(
                f"{self.name}: the host has stopped answering (for {interval * (count + 1):g} s); "
                "the connection was given up"
            ) from None

    def reboot(self, boot: str, deadline: float, waiting: Callable[[float], object]) -> None:
        """Reboot, and come back when the host answers with another boot_id than `boot`; `waiting` gets seconds."""
        reboot(self, boot, deadline, waiting)

    def close(self) -> None:
        """Close the connection, if there is one, and its way through jump hosts."""
        if self._opening is not None:
            self._opening.add_done_callback(_close_again)
            self._opening = None
        close(self._connection)
        self._connection = None

    def _open(self) -> Connection:
        if self._opening is not None:
            opening, self._opening = self._opening, None
            self._connection = opening.result()
        if self._connection is None or not self._connection.is_connected:
            close(self._connection)
            self._connection = self._connect()
        return self._connection

    def _connect(self) -> Connection:
        return connect(self.endpoint, self._extra, config=self._config, accept_new=self._accept_new)


def _fulfil(opening: Future[Connection], connecting: Callable[[], Connection]) -> None:
    """Do it, and keep whatever comes of it for who asks."""
    try:
        opening.set_result(connecting())
    except BaseException as error:  # noqa: BLE001 - it is raised again where the host is used
        opening.set_exception(error)


def _close_again(opening: Future[Connection]) -> None:
    """Close a connection that nobody waited for."""
    if opening.exception() is None:
        close(opening.result())


def _standard_error(channel: paramiko.Channel) -> bytes:
    """What has come of it so far; it is read so that it never fills the connection's window."""
    said = b""
    while channel.recv_stderr_ready() and (piece := channel.recv_stderr(_CHUNK)):
        said += piece
    return said[-_CHUNK:]
