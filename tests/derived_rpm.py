"""Healthy hosts of Red Hat's family, derived: the recorded Debian host with what rpm, dnf or yum say in dpkg's place.

The names of the packages are those of NVIDIA's and docker's own repositories for these systems; versions that name the
driver are the recorded host's. No such host was recorded: the lab has no card's driver as an rpm.
"""

from __future__ import annotations

from dataclasses import replace

from checks.facts.reading import Reading
from tests.alter import Alter, put

DRIVER = "535.309.01"
_DEBIAN_KERNEL, _DEBIAN_LIBRARIES = "6.1.0-56-amd64", "/usr/lib/x86_64-linux-gnu/nvidia/current/"


def _renamed(kernel: str) -> Alter:
    """The kernel and the folder of libraries by the names that these systems have for them."""

    def alter(readings: dict[str, Reading]) -> None:
        for topic, reading in readings.items():
            text = reading.text.replace(_DEBIAN_KERNEL, kernel).replace(_DEBIAN_LIBRARIES, "/usr/lib64/")
            readings[topic] = replace(reading, text=text)

    return alter


def _host(os: dict[str, str], kernel: str, packages: str, history: str) -> tuple[Alter, ...]:
    plain = kernel.removesuffix(".x86_64")
    return (
        _renamed(kernel),
        put("os", "".join(f'{key}="{value}"\n' for key, value in os.items())),
        put("packages", packages.format(kernel=plain, driver=DRIVER)),
        put("history", "zone +0000 1795367988\n" + history.format(driver=DRIVER)),
        put("sources", "# none\n"),
        put("keys", ""),
        put("archive", "none\n"),
        put("unfinished", ""),
        put("package_lock", ""),
    )


_EL = """\
ii kernel {kernel}
ii kernel-core {kernel}
ii kernel-modules {kernel}
ii kernel-devel {kernel}
ii kernel-headers {kernel}
ii dkms 3.2.1-1.el9
ii kmod-nvidia-latest-dkms 3:{driver}-1.el9
ii nvidia-driver 3:{driver}-1.el9
ii nvidia-driver-libs 3:{driver}-1.el9
ii nvidia-driver-NVML 3:{driver}-1.el9
ii nvidia-driver-cuda 3:{driver}-1.el9
ii nvidia-driver-cuda-libs 3:{driver}-1.el9
ii nvidia-modprobe 3:{driver}-1.el9
ii nvidia-persistenced 3:{driver}-1.el9
ii nvidia-settings 3:575.57.08-1.el9
ii nvidia-container-toolkit 1.17.8-1
ii nvidia-container-toolkit-base 1.17.8-1
ii docker-ce 3:28.3.3-1.el9
ii docker-ce-cli 1:28.3.3-1.el9
ii containerd.io 1.7.27-3.1.el9
"""

_DNF = """\
dnf 2026-11-20T09:10:00+0000 DDEBUG Command: dnf -y module install nvidia-driver:535-dkms
dnf 2026-11-20T09:11:02+0000 SUBDEBUG Installed: kmod-nvidia-latest-dkms-3:{driver}-1.el9.x86_64
dnf 2026-11-20T09:11:09+0000 SUBDEBUG Installed: nvidia-driver-cuda-libs-3:{driver}-1.el9.x86_64
"""

_EL7 = """\
ii kernel {kernel}
ii kernel-devel {kernel}
ii kernel-headers {kernel}
ii dkms 3.0.12-1.el7
ii kmod-nvidia-latest-dkms 3:{driver}-1.el7
ii nvidia-driver-latest-dkms 3:{driver}-1.el7
ii nvidia-driver-latest-dkms-libs 3:{driver}-1.el7
ii nvidia-driver-latest-dkms-cuda 3:{driver}-1.el7
ii docker-ce 3:26.1.4-1.el7
ii docker-ce-cli 1:26.1.4-1.el7
ii containerd.io 1.6.33-3.1.el7
"""

_YUM = """\
yum Nov 20 11:02:13 Installed: 3:kmod-nvidia-latest-dkms-{driver}-1.el7.x86_64
yum Nov 20 11:02:44 Installed: 3:docker-ce-26.1.4-1.el7.x86_64
"""

RPM: dict[str, tuple[Alter, ...]] = {
    "healthy-el9": _host(
        {"NAME": "Rocky Linux", "ID": "rocky", "ID_LIKE": "rhel centos fedora", "VERSION_ID": "9.6",
         "PRETTY_NAME": "Rocky Linux 9.6 (Blue Onyx)"},
        "5.14.0-570.12.1.el9_6.x86_64", _EL, _DNF,
    ),
    "healthy-el8": _host(
        {"NAME": "Rocky Linux", "ID": "rocky", "ID_LIKE": "rhel centos fedora", "VERSION_ID": "8.10",
         "PRETTY_NAME": "Rocky Linux 8.10 (Green Obsidian)"},
        "4.18.0-553.el8_10.x86_64", _EL.replace(".el9", ".el8"), _DNF.replace(".el9", ".el8"),
    ),
    "healthy-centos7": _host(
        {"NAME": "CentOS Linux", "ID": "centos", "ID_LIKE": "rhel fedora", "VERSION_ID": "7",
         "PRETTY_NAME": "CentOS Linux 7 (Core)"},
        "3.10.0-1160.119.1.el7.x86_64", _EL7, _YUM,
    ),
}  # fmt: skip
"""Each is examined like a recorded one: no finding of it may be loud."""
