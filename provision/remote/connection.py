"""Connecting, over Fabric, with what Fabric leaves out: ssh's own choice of wire, host keys and credentials.

A connection through jump hosts is a chain: each hop's `gateway` is the hop before it, and the first is dialled.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import paramiko
from fabric import Config, Connection
from paramiko.ssh_exception import ChannelException, IncompatiblePeer

from provision.errors import GpuwrightError, Unreachable
from provision.remote import dial, host_key
from provision.remote.credentials import Credentials
from provision.remote.endpoint import Endpoint
from provision.remote.offers import Secrets
from provision.remote.route import route
from provision.remote.transport import Transport

# paramiko logs tracebacks of refused and broken connections; what happened is said once, by our own errors.
logging.getLogger("paramiko").addHandler(logging.NullHandler())

AUTH_SECONDS = 30.0
"""How long a host may take to judge one key: it may ask a directory service."""

_OURS = frozenset({"key_filename", "passphrase", "password", "allow_agent", "look_for_keys", "timeout"})
"""What fabric's connect_kwargs say that is honoured here, and not handed on to paramiko."""


def connect(endpoint: Endpoint, extra: Mapping[str, Any], *, config: str = "", accept_new: bool = False) -> Connection:
    """An open connection; `Unreachable` or `UnknownHostKey`, one clear text for each cause."""
    secrets = Secrets.of(extra)
    hops = route(endpoint, config)
    passed_on = {key: value for key, value in extra.items() if key not in _OURS}
    timeout = float(extra.get("timeout") or 0)
    through: Connection | None = None
    for number, hop in enumerate(hops, 1):
        last = hop is hops[-1]
        where = replace(hop, checking="accept-new") if accept_new and hop.checking in ("ask", "yes") else hop
        where = replace(where, connect_timeout=timeout, handshake_timeout=timeout) if timeout else where
        try:
            through = _open(where, through, secrets if last else secrets.for_a_jump(), passed_on if last else {})
        except GpuwrightError as error:
            close(through)
            if last:
                raise
            count = f"{number} of {len(hops) - 1}"
            raise type(error)(f"{endpoint.name}: its jump host {hop.name} ({count}) is the trouble: {error}") from None
        except BaseException:
            close(through)
            raise
    assert through is not None  # noqa: S101 - a route has at least its end
    return through


def close(connection: Connection | None) -> None:
    """Close a connection and the hops that it goes through."""
    while connection is not None:
        with suppress(OSError, EOFError):
            connection.close()
            connection.client.close()
        proxy = getattr(connection, "proxy", None)
        if proxy is not None:
            proxy.close()
        connection = connection.gateway


def _open(endpoint: Endpoint, through: Connection | None, secrets: Secrets, passed_on: Mapping[str, Any]) -> Connection:
    known = host_key.known_of(endpoint)

    def transport(sock: Any, **options: Any) -> Transport:
        made = Transport(sock, **options)
        offered = made.get_security_options()
        offered.key_types = host_key.algorithms(known, endpoint.host_key_algorithms, offered.key_types)
        # GCM first: paramiko checks every other packet's MAC byte by byte in Python.
        offered.ciphers = sorted(offered.ciphers, key=lambda name: "gcm" not in name)
        made.handshake_timeout = endpoint.handshake_timeout
        return made

    kwargs: dict[str, Any] = {
        **passed_on,
        "transport_factory": transport,
        "banner_timeout": endpoint.handshake_timeout,
        "channel_timeout": endpoint.connect_timeout,
        "auth_timeout": AUTH_SECONDS,
    }
    proxy = None
    if through is None and endpoint.proxy_command:
        proxy = dial.Proxy(endpoint.proxy_command)
        kwargs["sock"] = proxy.wire
    elif through is None:
        kwargs["sock"] = dial.tcp(endpoint)
    connection = Connection(
        host=endpoint.hostname,
        user=endpoint.user,
        port=endpoint.port,
        gateway=through,
        connect_timeout=endpoint.connect_timeout,
        connect_kwargs=kwargs,
        config=_config(Credentials(endpoint, secrets)),
    )
    connection.proxy = proxy
    connection.client.set_missing_host_key_policy(host_key.Verify(endpoint, known))
    try:
        connection.open()
    except BaseException as error:
        connection.client.close()
        why = _why(endpoint, error, through, proxy)
        if proxy is not None:
            proxy.close()
        if why:
            raise Unreachable(why) from None
        raise
    connection.transport.set_keepalive(int(endpoint.alive_interval))
    return connection


def _config(credentials: Credentials) -> Config:
    """Fabric reads no ssh_config of its own, and asks us who we are."""
    overrides = {"load_ssh_configs": False, "authentication": {"strategy_class": lambda **_: credentials}}
    return Config(lazy=True, overrides=overrides)


def _why(endpoint: Endpoint, error: BaseException, through: Connection | None, proxy: dial.Proxy | None) -> str:
    """What to say about a connection that came to nothing; empty when the error says it itself."""
    if isinstance(error, GpuwrightError) or not isinstance(error, OSError | EOFError | paramiko.SSHException):
        return ""
    text = str(error) or type(error).__name__
    name, where = endpoint.name, endpoint.where
    if proxy is not None and ("banner" in text or isinstance(error, EOFError)):
        return f"{name}: no connection to {where}: {proxy.failure()}"
    if isinstance(error, ChannelException):
        return (
            f"{name}: no connection: the jump host {through.host if through else ''} cannot reach {where}: {text}. "
            "Does it resolve and reach that name, and may its users forward (AllowTcpForwarding)?"
        )
    if isinstance(error, EOFError):
        return (
            f"{name}: no connection to {where}: it began as an SSH server, and then hung up or fell silent: it is "
            f"overloaded, or something in between drops the connection. Try: ssh {name}"
        )
    if isinstance(error, IncompatiblePeer):
        return (
            f"{name}: {where} and we have no algorithm in common ({text}). An OpenSSH older than 7.2 knows only SHA-1 "
            "signatures for RSA, which are not supported: give it an ed25519 host key, or update it"
        )
    if "banner" in text or "protocol version" in text:
        said = "" if "banner" in text else f" ({text[:200]})"
        return (
            f"{name}: {where} answers, but not as an SSH server{said}: another service listens there, or sshd turns "
            "us away at once (MaxStartups, hosts.deny, a full disk). Is the port right?"
        )
    return f"{name}: no connection to {where}: {text}. Try: ssh {name}"
