"""The systems that a directory can be made for: what they call themselves, their own archives, and their kernel.

Addresses, suites and names of kernel packages are those of fresh installations: Debian's and Ubuntu's sources.list,
Rocky Linux's repositories. Ubuntu keeps every architecture but Intel's on ports.ubuntu.com. A profile's [mirrors] count
for them too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

_DEBIAN = "main contrib non-free non-free-firmware"
_UBUNTU = "main restricted universe multiverse"
_UBUNTUS = {"x86_64": "http://archive.ubuntu.com/ubuntu", "aarch64": "http://ports.ubuntu.com/ubuntu-ports"}
_ROCKY = "https://dl.rockylinux.org/pub/rocky/{version}/{part}/{machine}/os"

MACHINES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64", "sbsa": "aarch64"}
"""What `uname -m` says, by the words for an architecture: the kernel's, Debian's, and NVIDIA's for servers of Arm."""

DEBIAN = {"x86_64": "amd64", "aarch64": "arm64"}
"""What `dpkg --print-architecture` says, by what `uname -m` says."""


@dataclass(frozen=True)
class Archive:
    """One archive of the distribution itself; `suites` and `components` are apt's."""

    url: str
    suites: tuple[str, ...] = ()
    components: str = ""


@dataclass(frozen=True)
class System:
    """`os_release` are lines of os-release(5); `kernel` is the package that follows the newest kernel.

    `machine` is what `uname -m` says there, `arch` the same as its packages have it. `keyring` has the archives' keys
    on the machine that fetches, `brings` is the Debian package with it.
    """

    os_release: tuple[str, ...]
    family: str
    machine: str
    arch: str
    archives: tuple[Archive, ...]
    kernel: str
    keyring: str = ""
    brings: str = ""


def _debian(version: str, codename: str, machine: str) -> System:
    return System(
        ("ID=debian", f'VERSION_ID="{version}"', f"VERSION_CODENAME={codename}", f'PRETTY_NAME="Debian {version}"'),
        "apt",
        machine,
        DEBIAN[machine],
        (
            Archive("http://deb.debian.org/debian", (codename, f"{codename}-updates"), _DEBIAN),
            Archive("http://deb.debian.org/debian-security", (f"{codename}-security",), _DEBIAN),
        ),
        f"linux-image-{DEBIAN[machine]}",
        "/usr/share/keyrings/debian-archive-keyring.gpg",
        "debian-archive-keyring",
    )


def _ubuntu(version: str, codename: str, machine: str) -> System:
    suites = (codename, f"{codename}-updates", f"{codename}-security")
    return System(
        ("ID=ubuntu", f'VERSION_ID="{version}"', f"VERSION_CODENAME={codename}", f'PRETTY_NAME="Ubuntu {version}"'),
        "apt",
        machine,
        DEBIAN[machine],
        (Archive(_UBUNTUS[machine], suites, _UBUNTU),),
        "linux-image-generic",
        "/usr/share/keyrings/ubuntu-archive-keyring.gpg",
        "ubuntu-keyring",
    )


def _el(version: str, machine: str) -> System:
    return System(
        ("ID=rocky", f'VERSION_ID="{version}"', f'PRETTY_NAME="Rocky Linux {version}"', "ID_LIKE='rhel centos fedora'"),
        "rpm",
        machine,
        machine,
        tuple(
            Archive(_ROCKY.format(version=version, part=part, machine=machine))
            for part in ("BaseOS", "AppStream", "CRB")
        ),
        "kernel",
    )


SYSTEMS: Mapping[str, Callable[[str], System]] = {
    "debian12": partial(_debian, "12", "bookworm"),
    "debian13": partial(_debian, "13", "trixie"),
    "ubuntu2204": partial(_ubuntu, "22.04", "jammy"),
    "ubuntu2404": partial(_ubuntu, "24.04", "noble"),
    "el8": partial(_el, "8"),
    "el9": partial(_el, "9"),
    "el10": partial(_el, "10"),
}
"""Each for one of the MACHINES."""
