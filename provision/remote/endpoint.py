"""Where and how to connect: what OpenSSH would do, as `ssh -G` tells it.

paramiko reads no Include, and Fabric's own parser stops at valid files, so the system's ssh is asked instead. What
`ssh -G` leaves for later (tokens, ~, ${VARIABLE}) is put in here as ssh would.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

from provision.errors import Unreachable, Usage
from provision.remote import tokens
from provision.remote.target import Target, split

ALIVE = 15.0
"""Seconds of silence after which the other end is asked whether it is still there, unless ssh_config says."""


@dataclass(frozen=True)
class Endpoint:
    """One host as ssh_config resolves it; times in seconds."""

    name: str
    hostname: str
    user: str
    port: int
    identities: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()
    agent: str = ""
    only_identities: bool = False
    public_keys: bool = True
    known_hosts: tuple[str, ...] = ()
    host_key_alias: str = ""
    host_key_algorithms: tuple[str, ...] = ()
    checking: str = "ask"
    hashes_known_hosts: bool = False
    revoked_keys: str = ""
    jumps: tuple[Target, ...] = ()
    proxy_command: str = ""
    family: str = "any"
    connect_timeout: float = 10.0
    handshake_timeout: float = 30.0
    alive_interval: float = ALIVE
    alive_count: int = 3

    @property
    def known_as(self) -> tuple[str, ...]:
        """The names under which known_hosts may hold its key; the first is the one it is learnt under.

        A key that is recorded without a port counts for every port, as it does for ssh.
        """
        if self.host_key_alias:
            return (self.host_key_alias.lower(),)
        plain = self.hostname.lower()
        return (plain,) if self.port == 22 else (f"[{plain}]:{self.port}", plain)

    @property
    def where(self) -> str:
        """Its address for an error text."""
        return f"[{self.hostname}]:{self.port}" if ":" in self.hostname else f"{self.hostname}:{self.port}"


def resolve(name: str, *, config: str = "", user: str = "", port: int = 0) -> Endpoint:
    """Ask `ssh -G`; `Usage` when it refuses the name or the configuration."""
    target = split(name)
    user, port = target.user or user, target.port or port
    command = ["ssh", "-G", "-T", *(["-F", config] if config else [])]
    command += [*(["-l", user] if user else []), *(["-p", str(port)] if port else []), "--", target.host]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    except FileNotFoundError:
        raise Unreachable("there is no ssh here to ask for the configuration; install openssh-client") from None
    if done.returncode:
        raise Usage(f"{name}: ssh does not accept this: {'; '.join(done.stderr.split(chr(10))).strip('; ')}")
    return parse(name, done.stdout)


def parse(name: str, text: str) -> Endpoint:
    """The lines of `ssh -G`: a keyword in small letters, and its value."""
    values: dict[str, list[str]] = {}
    for line in text.splitlines():
        key, _, value = line.partition(" ")
        values.setdefault(key.lower(), []).append(value.strip())

    def first(key: str, default: str = "") -> str:
        return values.get(key, [default])[0]

    def given(key: str) -> str:
        return "" if first(key) == "none" else first(key)

    def number(key: str, default: float) -> float:
        return float(first(key)) if first(key).isdigit() and int(first(key)) else default

    if first("proxyusefdpass") == "yes":
        raise Usage(f"{name}: ProxyUseFdpass is not supported; let the ProxyCommand carry the bytes itself")
    original = split(name).host
    hostname, user, port = first("hostname", original), first("user"), int(first("port", "22"))
    alias = given("hostkeyalias")
    meaning = tokens.local() | {"h": hostname, "p": str(port), "r": user, "n": original, "k": alias or original}

    def file(value: str) -> str:
        return "" if value in ("", "none") else tokens.path(value, meaning)

    known = [*shlex.split(first("userknownhostsfile")), *shlex.split(first("globalknownhostsfile"))]
    return Endpoint(
        name,
        hostname,
        user,
        port,
        identities=tuple(path for value in values.get("identityfile", ()) if (path := file(value))),
        certificates=tuple(path for value in values.get("certificatefile", ()) if (path := file(value))),
        agent=_agent(first("identityagent", "SSH_AUTH_SOCK"), meaning),
        only_identities=first("identitiesonly", "no") == "yes",
        public_keys=first("pubkeyauthentication", "yes") not in ("no", "false"),
        known_hosts=tuple(path for value in known if (path := file(value))),
        host_key_alias=alias,
        host_key_algorithms=tuple(given("hostkeyalgorithms").split(",")) if given("hostkeyalgorithms") else (),
        checking=first("stricthostkeychecking", "ask"),
        hashes_known_hosts=first("hashknownhosts", "no") == "yes",
        revoked_keys=file(first("revokedhostkeys")),
        jumps=tuple(split(tokens.expand(jump, meaning)) for jump in given("proxyjump").split(",") if jump),
        proxy_command=tokens.expand(given("proxycommand"), meaning),
        family=first("addressfamily", "any"),
        connect_timeout=number("connecttimeout", 10.0),
        handshake_timeout=number("connecttimeout", 30.0),  # a host that is there may be slow: who sets one means both
        alive_interval=number("serveraliveinterval", ALIVE),
        alive_count=int(number("serveralivecountmax", 3)),
    )


def _agent(value: str, meaning: Mapping[str, str]) -> str:
    """The agent's socket: IdentityAgent names a path, a variable, or SSH_AUTH_SOCK, which is also the default."""
    if value == "none":
        return ""
    if value == "SSH_AUTH_SOCK":
        return os.environ.get(value, "")
    if value.startswith("$") and not value.startswith("${"):
        return os.environ.get(value[1:], "")
    return tokens.path(value, meaning)
