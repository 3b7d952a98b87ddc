"""Where and how to connect: what OpenSSH would do, as `ssh -G` tells it.

paramiko reads no Include, and Fabric's own parser stops at valid files, so the system's ssh is asked instead.
"""

from __future__ import annotations

import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

from provision.errors import Unreachable, Usage


@dataclass(frozen=True)
class Endpoint:
    """One host as ssh_config resolves it; times in seconds."""

    name: str
    hostname: str
    user: str
    port: int
    identities: tuple[str, ...] = ()
    known_hosts: tuple[str, ...] = ()
    host_key_alias: str = ""
    checking: str = "ask"
    only_identities: bool = False
    jumps: tuple[str, ...] = ()
    proxy_command: str = ""
    connect_timeout: float = 10.0


def resolve(name: str, *, config: str = "", user: str = "", port: int = 0) -> Endpoint:
    """Ask `ssh -G`; `Usage` when it refuses the name or the configuration."""
    command = ["ssh", "-G", *(["-F", config] if config else [])]
    command += [*(["-l", user] if user else []), *(["-p", str(port)] if port else []), "--", name]
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

    files = [*shlex.split(first("userknownhostsfile")), *shlex.split(first("globalknownhostsfile"))]
    timeout = first("connecttimeout", "none")
    return Endpoint(
        name,
        first("hostname", name),
        first("user"),
        int(first("port", "22")),
        tuple(str(path) for text in values.get("identityfile", []) if (path := Path(text).expanduser()).is_file()),
        tuple(str(Path(file).expanduser()) for file in files if file != "none"),
        given("hostkeyalias"),
        first("stricthostkeychecking", "ask"),
        first("identitiesonly", "no") == "yes",
        tuple(jump for jump in given("proxyjump").split(",") if jump),
        given("proxycommand"),
        float(timeout) if timeout.isdigit() else 10.0,
    )
