"""Real sshds with configurations of their own, on a lab host: each on its own port, beside the host's."""

from __future__ import annotations

import itertools
import socket
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.lab.errors import LabError
from tests.lab.host import Host

_PORTS = itertools.count(2200)


@dataclass(frozen=True)
class Sshd:
    """One sshd: where it listens, and the public halves of its host keys by type."""

    host: Host
    port: int
    keys: dict[str, str]

    @property
    def name(self) -> str:
        """As known_hosts has it."""
        return f"[{self.host.address}]:{self.port}"

    def known(self, kind: str = "ed25519") -> str:
        """Its line in known_hosts."""
        return f"{self.name} {self.keys[kind]}\n"


def start(host: Host, *lines: str, kinds: tuple[str, ...] = ("ed25519",), authority: Path | None = None) -> Sshd:
    """Start one with these lines of sshd_config and fresh host keys, certified by the authority if there is one."""
    port = next(_PORTS)
    folder = f"/root/sshd-{port}"
    inside = host.root / folder.lstrip("/")
    inside.mkdir()
    keys = {}
    for kind in kinds:
        host.inside("ssh-keygen", "-q", "-t", kind, "-N", "", "-f", f"{folder}/{kind}")
        keys[kind] = " ".join((inside / f"{kind}.pub").read_text(encoding="utf-8").split()[:2])
        if authority:
            command = ["ssh-keygen", "-q", "-s", str(authority), "-h", "-I", "host", str(inside / f"{kind}.pub")]
            subprocess.run(command, check=True)
            lines += (f"HostCertificate {folder}/{kind}-cert.pub",)
    own = [f"Port {port}", f"PidFile {folder}/pid", *(f"HostKey {folder}/{kind}" for kind in kinds)]
    text = "\n".join([*own, *lines, "UsePAM yes", "LogLevel VERBOSE", ""])
    (inside / "config").write_text(text, encoding="utf-8")
    host.inside("/usr/sbin/sshd", "-f", f"{folder}/config")
    _wait(host, port)
    return Sshd(host, port, keys)


def _wait(host: Host, port: int) -> None:
    """Until it listens: it goes into the background before it does."""
    for _ in range(500):
        try:
            socket.create_connection((host.address, port), timeout=2).close()
        except ConnectionRefusedError:
            time.sleep(0.01)
        else:
            return
    raise LabError(f"{host.name}: no sshd came up on port {port}")


def write(host: Host, path: str, text: str, mode: int = 0o644) -> Path:
    """A file on the host."""
    file = host.root / path.lstrip("/")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    file.chmod(mode)
    return file


def log(host: Host) -> str:
    """What sshd and sudo wrote into the journal."""
    with suppress(LabError):
        host.inside("journalctl", "--sync")
    return host.inside("journalctl", "-q", "-o", "cat").stdout
