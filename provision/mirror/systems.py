"""The systems that a directory can be made for: what they call themselves, their own archives, and their kernel.

Addresses, suites and names of kernel packages are those of fresh installations: Debian's and Ubuntu's sources.list,
Rocky Linux's repositories. A profile's [mirrors] count for them too.
"""

from __future__ import annotations

from dataclasses import dataclass

_DEBIAN = "main contrib non-free non-free-firmware"
_UBUNTU = "main restricted universe multiverse"
_ROCKY = "https://dl.rockylinux.org/pub/rocky/{version}/{part}/x86_64/os"


@dataclass(frozen=True)
class Archive:
    """One archive of the distribution itself; `suites` and `components` are apt's."""

    url: str
    suites: tuple[str, ...] = ()
    components: str = ""


@dataclass(frozen=True)
class System:
    """`os_release` are lines of os-release(5); `kernel` is the package that follows the newest kernel.

    `keyring` has the archives' keys on the machine that fetches, `brings` is the Debian package with it.
    """

    os_release: tuple[str, ...]
    family: str
    archives: tuple[Archive, ...]
    kernel: str
    keyring: str = ""
    brings: str = ""


def _debian(version: str, codename: str) -> System:
    return System(
        ("ID=debian", f'VERSION_ID="{version}"', f"VERSION_CODENAME={codename}", f'PRETTY_NAME="Debian {version}"'),
        "apt",
        (
            Archive("http://deb.debian.org/debian", (codename, f"{codename}-updates"), _DEBIAN),
            Archive("http://deb.debian.org/debian-security", (f"{codename}-security",), _DEBIAN),
        ),
        "linux-image-amd64",
        "/usr/share/keyrings/debian-archive-keyring.gpg",
        "debian-archive-keyring",
    )


def _ubuntu(version: str, codename: str) -> System:
    suites = (codename, f"{codename}-updates", f"{codename}-security")
    return System(
        ("ID=ubuntu", f'VERSION_ID="{version}"', f"VERSION_CODENAME={codename}", f'PRETTY_NAME="Ubuntu {version}"'),
        "apt",
        (Archive("http://archive.ubuntu.com/ubuntu", suites, _UBUNTU),),
        "linux-image-generic",
        "/usr/share/keyrings/ubuntu-archive-keyring.gpg",
        "ubuntu-keyring",
    )


def _el(version: str) -> System:
    return System(
        ("ID=rocky", f'VERSION_ID="{version}"', f'PRETTY_NAME="Rocky Linux {version}"', "ID_LIKE='rhel centos fedora'"),
        "rpm",
        tuple(Archive(_ROCKY.format(version=version, part=part)) for part in ("BaseOS", "AppStream", "CRB")),
        "kernel",
    )


SYSTEMS = {
    "debian12": _debian("12", "bookworm"),
    "debian13": _debian("13", "trixie"),
    "ubuntu2204": _ubuntu("22.04", "jammy"),
    "ubuntu2404": _ubuntu("24.04", "noble"),
    "el8": _el("8"),
    "el9": _el("9"),
    "el10": _el("10"),
}
