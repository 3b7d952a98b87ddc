"""The wire to the first host: a TCP connection, or a ProxyCommand that carries the bytes."""

from __future__ import annotations

import errno
import socket
import subprocess
import tempfile
from contextlib import suppress
from typing import IO

from provision.errors import Unreachable
from provision.remote.endpoint import Endpoint

_FAMILIES = {"inet": socket.AF_INET, "inet6": socket.AF_INET6}

_WHY = {
    errno.ECONNREFUSED: "refused: it is up, but no sshd listens on that port. Is the port right, is sshd running?",
    errno.EHOSTUNREACH: "no route: it is switched off, or a router in between does not know it",
    errno.ENETUNREACH: "no route from here to its network: is a VPN or a jump host needed?",
}


def tcp(endpoint: Endpoint) -> socket.socket:
    """A connection to the host, each of its addresses tried in turn; `Unreachable` says why there is none.

    Small packets are sent at once: with Nagle's algorithm each command costs one more round trip.
    """
    try:
        family = _FAMILIES.get(endpoint.family, socket.AF_UNSPEC)
        found = socket.getaddrinfo(endpoint.hostname, endpoint.port, family, socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise Unreachable(
            f"{endpoint.name}: no connection: the name {endpoint.hostname!r} does not resolve "
            f"({error.strerror if isinstance(error, OSError) else error}). Is it spelled right, and known to DNS, "
            "/etc/hosts or ~/.ssh/config?"
        ) from None
    reasons = []
    for kind, _, _, _, address in found:
        wire = socket.socket(kind, socket.SOCK_STREAM)
        wire.settimeout(endpoint.connect_timeout)
        try:
            wire.connect(address)
        except OSError as error:
            wire.close()
            reasons.append(_reason(error, endpoint.connect_timeout))
            continue
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return wire
    raise Unreachable(f"{endpoint.name}: no connection to {endpoint.where}: {'; '.join(dict.fromkeys(reasons))}")


def _reason(error: OSError, timeout: float) -> str:
    if isinstance(error, TimeoutError) or error.errno == errno.ETIMEDOUT:
        return f"no answer within {timeout:g} s: it is switched off, or a firewall drops what we send"
    return _WHY.get(error.errno or 0, error.strerror or str(error))


class Proxy:
    """A ProxyCommand: run by sh as ssh does, with one socket as its input and output."""

    def __init__(self, command: str) -> None:
        self._program = command.split(None, 1)[0]  # its arguments may hold a password
        self.wire, theirs = socket.socketpair()
        self._said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the proxy
        with theirs:
            fd = theirs.fileno()
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", f"exec {command}"], stdin=fd, stdout=fd, stderr=self._said
            )

    def failure(self) -> str:
        """How it ended, with the last it said; waits a second for that."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        self._said.seek(0)
        said = self._said.read()[-500:].decode(errors="replace").strip()
        ended = self._process.poll()
        state = "is still running" if ended is None else f"ended with status {ended}"
        return f"the ProxyCommand ({self._program}) {state} and said: {said or 'nothing'}"

    def close(self) -> None:
        """End it."""
        self.wire.close()
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._said.close()
