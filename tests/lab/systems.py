"""The operating systems a host can have, each as its installer leaves it.

To add one: a System whose `sources` are what a fresh installation has, and a keyring that knows its release.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.lab.errors import UsageError
from tests.lab.simulations import SIMULATIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.lab.archive import Archive


@dataclass(frozen=True)
class System:
    """One release of Debian."""

    name: str
    suite: str
    sources: Callable[[Archive], Mapping[str, str]]

    def building_sources(self, archive: Archive) -> str:
        """What the base is installed from, in the one-line form that every mmdebstrap reads."""
        return "".join(
            f"deb {address} {suite} main non-free-firmware\n" for address, suite in suites(self.suite, archive)
        )


def suites(suite: str, archive: Archive) -> list[tuple[str, str]]:
    """Release, updates and security: what the installer enables."""
    return [
        (archive.main, suite),
        (archive.main, f"{suite}-updates"),
        (archive.security, f"{suite}-security"),
    ]


def _debian12(archive: Archive) -> Mapping[str, str]:
    pairs = suites("bookworm", archive)
    return {
        "etc/apt/sources.list": "".join(
            f"deb {address} {suite} main non-free-firmware\n# deb-src {address} {suite} main non-free-firmware\n\n"
            for address, suite in pairs
        )
    }


def _debian13(archive: Archive) -> Mapping[str, str]:
    signed = "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n"
    components = "Components: main non-free-firmware\n"
    return {
        "etc/apt/sources.list.d/debian.sources": (
            f"Types: deb\nURIs: {archive.main}\nSuites: trixie trixie-updates\n{components}{signed}\n"
            f"Types: deb\nURIs: {archive.security}\nSuites: trixie-security\n{components}{signed}"
        )
    }


SYSTEMS = {
    "debian12": System("debian12", "bookworm", _debian12),
    "debian13": System("debian13", "trixie", _debian13),
}


def system(name: str) -> System:
    """Look up an operating system by the name that --os takes."""
    if name not in SYSTEMS:
        names = ", ".join([*SYSTEMS, *SIMULATIONS])
        raise UsageError(f"no operating system {name!r} in the lab: there are {names}")
    return SYSTEMS[name]
