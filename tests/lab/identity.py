"""What makes a host itself and not a copy: its name, keys and numbers; all written anew when it comes from a layer."""

from __future__ import annotations

import shutil
import uuid
from typing import TYPE_CHECKING

from tests.lab import accounts, archive
from tests.lab.command import run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.lab.network import Network
    from tests.lab.spec import Spec

# Two kinds, as a host has that knows more than what the operator's known_hosts names.
HOST_KEYS = ("ed25519", "ecdsa")


def give(root: Path, machine: Path, spec: Spec, network: Network, public_key: str) -> None:
    """Write a host's identity into its root."""
    (root / "etc/hostname").write_text(f"{spec.name}\n")
    (root / "etc/hosts").write_text(
        f"127.0.0.1\tlocalhost\n{spec.address}\t{spec.name}\n\n::1\tlocalhost ip6-localhost ip6-loopback\n"
    )
    (root / "etc/machine-id").write_text(f"{uuid.uuid4().hex}\n")
    resolv = root / "etc/resolv.conf"
    resolv.unlink(missing_ok=True)
    resolv.write_text(archive.resolver())
    if (root / "etc/apt").is_dir():
        (root / "etc/apt/apt.conf.d/90lab-cache").write_text(_apt(network))
    accounts.allow_key(root, public_key)
    for kind in HOST_KEYS:
        _install_host_key(root, machine, kind)


def _apt(network: Network) -> str:
    secure = archive.upstream_proxies().get("https", "DIRECT")
    return f'Acquire::http::Proxy "{network.cache}";\nAcquire::https::Proxy "{secure}";\n'


def _install_host_key(root: Path, machine: Path, kind: str) -> None:
    name = f"ssh_host_{kind}_key"
    if not (machine / name).exists():
        run("ssh-keygen", "-q", "-t", kind, "-N", "", "-C", f"root@{machine.name}", "-f", machine / name)
    for file in (name, f"{name}.pub"):
        shutil.copy(machine / file, root / "etc/ssh" / file)
    (root / "etc/ssh" / name).chmod(0o600)


def host_key(machine: Path) -> str:
    """Read the key that the lab's known_hosts names; empty as long as the host has none."""
    file = machine / "ssh_host_ed25519_key.pub"
    return " ".join(file.read_text().split()[:2]) if file.exists() else ""


def forget(upper: Path) -> None:
    """Take a host's identity and its logs out of what becomes a layer."""
    for key in (upper / "etc/ssh").glob("ssh_host_*"):
        key.unlink()
    for journal in (upper / "var/log/journal").glob("*"):
        shutil.rmtree(journal)
