"""How the operator reaches lab hosts: one key, and files for `ssh -F` and fab that leave the user's own alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab import identity
from tests.lab.command import run
from tests.lab.home import write

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.lab.home import Home
    from tests.lab.spec import Spec

BLOCK = """Host {name}
    HostName {address}
    User ops
    IdentityFile {key}
    IdentitiesOnly yes
    UserKnownHostsFile {known_hosts}
    StrictHostKeyChecking yes

"""


def make_key(home: Home) -> str:
    """Make the operator's key once; returns its public half."""
    if not home.key.exists():
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "gpuwright lab", "-f", home.key)
    return home.key.with_suffix(".pub").read_text()


def write_files(home: Home, specs: Iterable[Spec]) -> None:
    """Write ssh_config and known_hosts for the hosts there are."""
    blocks, keys = [], []
    for spec in specs:
        blocks.append(BLOCK.format(name=spec.name, address=spec.address, key=home.key, known_hosts=home.known_hosts))
        keys.append(f"{spec.name},{spec.address} {identity.host_key(home.hosts / spec.name)}\n")
    write(home.ssh_config, "".join(blocks) + _users_own())
    write(home.known_hosts, "".join(keys))


def _users_own() -> str:
    files = [file for file in (Path.home() / ".ssh/config", Path("/etc/ssh/ssh_config")) if file.exists()]
    includes = "".join(f"Include {file}\n" for file in files)
    # An Include below a Host line belongs to that host alone.
    return f"Match all\n{includes}" if includes else ""


def command(home: Home, spec: Spec, user: str, *words: str) -> list[str]:
    """Return the ssh command line that reaches a host, whatever the user's own configuration says."""
    options = {
        "IdentityFile": home.key,
        "IdentitiesOnly": "yes",
        "UserKnownHostsFile": home.known_hosts,
        "GlobalKnownHostsFile": "/dev/null",
        "StrictHostKeyChecking": "yes",
        "HostKeyAlias": spec.name,
        "ConnectTimeout": "10",
        "LogLevel": "ERROR",
    }
    flags = [flag for name, value in options.items() for flag in ("-o", f"{name}={value}")]
    return ["ssh", "-F", "none", *flags, f"{user}@{spec.address}", *words]
