"""A small sshd on the loopback that says what was asked of it: for what a real one cannot be made to do."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import paramiko
from paramiko.common import AUTH_FAILED, AUTH_SUCCESSFUL, OPEN_SUCCEEDED


@dataclass
class Server:
    """Where it listens, its key, and what clients asked."""

    port: int
    key: paramiko.PKey
    thinks: float = 0.0
    commands: list[str] = field(default_factory=list)
    passwords: list[str] = field(default_factory=list)


class _Interface(paramiko.ServerInterface):
    def __init__(self, server: Server) -> None:
        self.server = server

    def get_allowed_auths(self, username: str) -> str:
        del username
        return "password"

    def check_auth_password(self, username: str, password: str) -> int:
        del username
        self.server.passwords.append(password)
        time.sleep(self.server.thinks)
        return AUTH_SUCCESSFUL if password == "right" else AUTH_FAILED  # noqa: S105

    def check_channel_request(self, kind: str, chanid: int) -> int:
        del kind, chanid
        return OPEN_SUCCEEDED

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        self.server.commands.append(command.decode())

        def answer() -> None:
            time.sleep(0.05)  # the request is granted first
            channel.send(b"hello\n")
            channel.send_exit_status(0)
            channel.close()

        threading.Thread(target=answer, daemon=True).start()
        return True


@contextmanager
def sshd(key: paramiko.PKey | None = None, *, thinks: float = 0.0, silent: float = 0.0) -> Iterator[Server]:
    """A server on a free port, for as long as the block runs.

    It is `silent` for so many seconds before it says that it is one, and `thinks` before it judges a password.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    server = Server(listener.getsockname()[1], key or paramiko.ECDSAKey.generate(), thinks)
    transports: list[paramiko.Transport] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            time.sleep(silent)
            transport = paramiko.Transport(connection)
            transport.add_server_key(server.key)
            transports.append(transport)
            transport.start_server(event=threading.Event(), server=_Interface(server))

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield server
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for transport in transports:
            transport.close()
