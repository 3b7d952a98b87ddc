"""Package-manager simulations: the names and the layout of other distributions over a Debian base.

What says which system a host is (os-release, release files, the kernel's name) and where its packages come from is that
system's; what runs is Debian 12, with the real dnf and rpm, or the real apt and dpkg, in charge. Each is made once, as
a layer over the base, by a script of `simulation/`.

To add one: its release files as its own packages have them, and the kernel that its installer leaves.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SCRIPTS = Path(__file__).parent / "simulation"


@dataclass(frozen=True)
class Simulation:
    """One system: `family` is el or ubuntu, `release` what its package manager calls it, `files` what it alone has."""

    name: str
    family: str
    release: str
    kernel: str
    files: Mapping[str, str]
    over: str = "debian12"
    settings: Mapping[str, str] = field(default_factory=dict)

    def script(self) -> str:
        """What makes it of a fresh host of the base; run as root."""
        values = {"release": self.release, "kernel": self.kernel, **self.settings}
        lines = [f"{name}={shlex.quote(value)}" for name, value in values.items()]
        common = (SCRIPTS / "common.sh").read_text()
        own = (SCRIPTS / f"{self.family}.sh").read_text()
        return "\n".join([*lines, common, own, *(_file(name, text) for name, text in self.files.items()), "finish"])


def _file(name: str, text: str) -> str:
    return f"mkdir -p $(dirname {name}) && cat >{name} <<'END_OF_FILE'\n{text.rstrip()}\nEND_OF_FILE"


def _os_release(**fields: str) -> str:
    return "".join(f'{name}="{value}"\n' for name, value in fields.items())


def _centos7() -> Simulation:
    title = "CentOS Linux release 7.9.2009 (Core)"
    return Simulation(
        "centos7",
        "el",
        "7",
        "3.10.0-1160.el7.x86_64",
        {
            "/usr/lib/os-release": _os_release(
                NAME="CentOS Linux",
                VERSION="7 (Core)",
                ID="centos",
                ID_LIKE="rhel fedora",
                VERSION_ID="7",
                PRETTY_NAME="CentOS Linux 7 (Core)",
                CPE_NAME="cpe:/o:centos:centos:7",
                HOME_URL="https://www.centos.org/",
                REDHAT_SUPPORT_PRODUCT="centos",
                REDHAT_SUPPORT_PRODUCT_VERSION="7",
            ),
            "/etc/centos-release": title,
        },
    )


def _rocky(release: str, version: str, codename: str, kernel: str) -> Simulation:
    return Simulation(
        f"el{release}",
        "el",
        release,
        kernel,
        {
            "/usr/lib/os-release": _os_release(
                NAME="Rocky Linux",
                VERSION=f"{version} ({codename})",
                ID="rocky",
                ID_LIKE="rhel centos fedora",
                VERSION_ID=version,
                PLATFORM_ID=f"platform:el{release}",
                PRETTY_NAME=f"Rocky Linux {version} ({codename})",
                CPE_NAME=f"cpe:/o:rocky:rocky:{release}::baseos",
                HOME_URL="https://rockylinux.org/",
                ROCKY_SUPPORT_PRODUCT=f"Rocky-Linux-{release}",
                ROCKY_SUPPORT_PRODUCT_VERSION=version,
                REDHAT_SUPPORT_PRODUCT="Rocky Linux",
                REDHAT_SUPPORT_PRODUCT_VERSION=version,
            ),
            "/etc/rocky-release": f"Rocky Linux release {version} ({codename})",
        },
    )


def _ubuntu(release: str, point: str, codename: str, title: str, kernel: str, debian: str) -> Simulation:
    return Simulation(
        f"ubuntu{release.replace('.', '')}",
        "ubuntu",
        release,
        kernel,
        {
            "/usr/lib/os-release": _os_release(
                PRETTY_NAME=f"Ubuntu {point} LTS",
                NAME="Ubuntu",
                VERSION_ID=release,
                VERSION=f"{point} LTS ({title})",
                VERSION_CODENAME=codename,
                ID="ubuntu",
                ID_LIKE="debian",
                HOME_URL="https://www.ubuntu.com/",
                UBUNTU_CODENAME=codename,
            ),
            "/etc/lsb-release": (
                f"DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE={release}\nDISTRIB_CODENAME={codename}\n"
                f'DISTRIB_DESCRIPTION="Ubuntu {point} LTS"'
            ),
            "/etc/debian_version": debian,
            "/etc/issue": f"Ubuntu {point} LTS \\n \\l\n",
        },
        settings={"codename": codename},
    )


SIMULATIONS = {
    each.name: each
    for each in (
        _centos7(),
        _rocky("8", "8.10", "Green Obsidian", "4.18.0-553.el8_10.x86_64"),
        _rocky("9", "9.6", "Blue Onyx", "5.14.0-570.12.1.el9_6.x86_64"),
        _rocky("10", "10.0", "Red Quartz", "6.12.0-55.9.1.el10_0.x86_64"),
        _ubuntu("16.04", "16.04.7", "xenial", "Xenial Xerus", "4.4.0-210-generic", "stretch/sid"),
        _ubuntu("22.04", "22.04.5", "jammy", "Jammy Jellyfish", "5.15.0-119-generic", "bookworm/sid"),
        _ubuntu("24.04", "24.04.2", "noble", "Noble Numbat", "6.8.0-45-generic", "trixie/sid"),
    )
}
