"""Connecting, over Fabric, with what Fabric leaves out: host keys are verified, and small packets are sent at once.

Fabric accepts any host key (fabric/fabric issues 1804, 2071), and paramiko leaves Nagle's algorithm on, which costs one
more round trip for each command.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import paramiko
from fabric import Connection

from provision.errors import UnknownHostKey, Unreachable
from provision.remote.endpoint import Endpoint, resolve

# paramiko logs tracebacks of refused and broken connections; what happened is said once, by our own errors.
logging.getLogger("paramiko").addHandler(logging.NullHandler())

KEEPALIVE = 15
"""Seconds between keepalive messages: a peer that went away without a word is noticed."""


class _Reject(paramiko.MissingHostKeyPolicy):
    """No key is learnt by itself: whoever answers at that address gets no command and no password."""

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:
        del client
        raise UnknownHostKey(
            f"{hostname}: its host key ({key.get_name()} {key.fingerprint}) is not in known_hosts; nothing was sent. "
            f"Compare it on the host's console, then: ssh-keyscan {hostname} >> ~/.ssh/known_hosts"
        )


def connect(endpoint: Endpoint, extra: Mapping[str, Any], *, config: str = "") -> Connection:
    """An open connection; `Unreachable` or `UnknownHostKey`, one clear text for each cause."""
    connection = _connection(endpoint, extra, config)
    try:
        connection.open()
    except UnknownHostKey:
        raise
    except paramiko.BadHostKeyException as error:
        raise UnknownHostKey(
            f"{endpoint.name}: its host key has CHANGED: known is {error.expected_key.fingerprint}, it shows "
            f"{error.key.fingerprint}. Someone may be in between; nothing was sent. If the host was installed anew: "
            f"ssh-keygen -R {endpoint.hostname}"
        ) from None
    except paramiko.AuthenticationException as error:
        keys = ", ".join(endpoint.identities) or "no key files"
        raise Unreachable(
            f"{endpoint.name}: {endpoint.user} is not let in at {endpoint.hostname}:{endpoint.port} ({error}); "
            f"tried {keys} and the agent. Try: ssh {endpoint.name}"
        ) from None
    except (OSError, EOFError, paramiko.SSHException) as error:
        reason = str(error) or type(error).__name__
        raise Unreachable(
            f"{endpoint.name}: no connection to {endpoint.hostname}:{endpoint.port}: {reason}. Try: ssh {endpoint.name}"
        ) from None
    connection.transport.set_keepalive(KEEPALIVE)
    return connection


def _connection(endpoint: Endpoint, extra: Mapping[str, Any], config: str) -> Connection:
    kwargs: dict[str, Any] = {
        "look_for_keys": False,
        "allow_agent": not endpoint.only_identities,
        "banner_timeout": endpoint.connect_timeout,
        "auth_timeout": 30,
        **extra,
    }
    kwargs.setdefault("key_filename", list(endpoint.identities))
    gateway: Connection | str | None = endpoint.proxy_command.replace("%h", endpoint.hostname) or None
    for jump in endpoint.jumps:
        user, _, host = jump.rpartition("@")
        host, _, port = host.partition(":")
        hop = _connection(resolve(host, config=config, user=user, port=int(port or 0)), {}, config)
        hop.gateway, gateway = gateway, hop
    if gateway is None:
        kwargs["sock"] = _Socket(endpoint)
    connection = Connection(
        host=endpoint.hostname,
        user=endpoint.user,
        port=endpoint.port,
        gateway=gateway,
        connect_timeout=endpoint.connect_timeout,
        connect_kwargs=kwargs,
    )
    _verify_keys(connection.client, endpoint)
    return connection


def _verify_keys(client: paramiko.SSHClient, endpoint: Endpoint) -> None:
    for file in endpoint.known_hosts:
        if Path(file).is_file():
            client.load_system_host_keys(file)
    learns = endpoint.checking in ("accept-new", "no", "off")
    client.set_missing_host_key_policy(paramiko.AutoAddPolicy() if learns else _Reject())


class _Socket:
    """A socket that is dialled when paramiko first uses it: a Connection is made before it is opened."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._socket: socket.socket | None = None

    def __getattr__(self, name: str) -> Any:
        if self._socket is None:
            endpoint = self._endpoint
            self._socket = socket.create_connection((endpoint.hostname, endpoint.port), endpoint.connect_timeout)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return getattr(self._socket, name)
