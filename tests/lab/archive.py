"""Where packages come from: the mirror and the keyring that this machine itself is configured to use.

A machine that is no Debian, or whose sources are not plain http(s), gets Debian's own mirror network.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab.command import run
from tests.lab.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FALLBACK = "http://deb.debian.org"
KEYRINGS = (
    "/usr/share/keyrings/debian-archive-keyring.gpg",
    "/usr/share/keyrings/debian-archive-keyring.pgp",
)


@dataclass(frozen=True)
class Archive:
    """The two addresses every Debian host is installed from."""

    main: str
    security: str


def machine_archive(etc: Path = Path("/etc/apt")) -> Archive:
    """Read the mirror from the machine's own sources."""
    addresses = [address.rstrip("/") for text in _sources(etc) for address in addresses_in(text)]
    plain = [address for address in addresses if address.startswith(("http://", "https://"))]
    main = next((a for a in plain if a.endswith("/debian")), f"{FALLBACK}/debian")
    security = next((a for a in plain if a.endswith("/debian-security")), f"{FALLBACK}/debian-security")
    return Archive(main, security)


def _sources(etc: Path) -> Iterator[str]:
    folder = etc / "sources.list.d"
    for path in [etc / "sources.list", *sorted(folder.glob("*.list")), *sorted(folder.glob("*.sources"))]:
        if path.is_file():
            yield path.read_text(errors="replace")


def addresses_in(text: str) -> list[str]:
    """Every address of a sources file, one-line or deb822 style; comments do not count."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    one_line = [m[1] for line in lines if (m := re.match(r"deb\s+(?:\[[^\]]*\]\s+)?(\S+)", line))]
    deb822 = [word for line in lines if line.startswith("URIs:") for word in line.split()[1:]]
    return one_line + deb822


def keyring() -> str:
    """Debian's archive keyring on this machine."""
    for path in KEYRINGS:
        if Path(path).exists():
            return path
    raise LabError("Debian's archive keyring is missing: install the package debian-archive-keyring")


def upstream_proxies() -> Mapping[str, str]:
    """The proxies that this machine needs to reach the archive, from apt's configuration or the environment."""
    answer = run("apt-config", "dump", "--format", "%f=%v%n", check=False).stdout if _has_apt() else ""
    configured = dict(line.split("=", 1) for line in answer.splitlines() if "=" in line)
    found = {}
    for scheme in ("http", "https"):
        names = (f"{scheme}_proxy", f"{scheme}_proxy".upper())
        value = configured.get(f"Acquire::{scheme}::Proxy") or next(
            (os.environ[name] for name in names if os.environ.get(name)), ""
        )
        if value and value != "DIRECT":
            found[scheme] = value
    return found


def _has_apt() -> bool:
    return Path("/usr/bin/apt-config").exists()


def certificates(folder: Path = Path("/usr/local/share/ca-certificates")) -> dict[str, str]:
    """The certificate authorities that the machine's owner added: hosts behind the same gateway need them."""
    return {path.name: path.read_text() for path in sorted(folder.rglob("*.crt"))}


def resolver() -> str:
    """Name servers a host can reach: a resolver on the machine's own loopback is not one of them."""
    for name in ("/run/systemd/resolve/resolv.conf", "/etc/resolv.conf"):
        path = Path(name)
        if path.exists() and not re.search(r"^nameserver\s+127\.", path.read_text(), re.MULTILINE):
            return path.read_text()
    return "nameserver 9.9.9.9\nnameserver 1.1.1.1\n"
