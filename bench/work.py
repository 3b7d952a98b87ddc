"""What everybody is asked: the questions of a doctor, and the states of the `debian` profile on a finished host."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

DOCTOR, CONVERGE = "doctor", "converge"
WORKS = (DOCTOR, CONVERGE)

PACKAGES = (
    "linux-headers-amd64",
    "dkms",
    "nvidia-kernel-dkms",
    "nvidia-smi",
    "libcuda1",
    "nvidia-modprobe",
    "docker.io",
    "containerd",
    "runc",
)
UNITS = ("docker", "containerd", "gpuwright-device-nodes")
FOLDERS = ("/etc/gpuwright", "/var/lib/gpuwright", "/var/lib/docker")
FILES = (
    "/etc/gpuwright/profile.toml",
    "/etc/apt/sources.list.d/gpuwright.sources",
    "/etc/systemd/system/gpuwright-device-nodes.service",
)

QUESTIONS: tuple[str, ...] = (
    "cat /etc/os-release",
    "uname -r",
    "cat /proc/sys/kernel/random/boot_id",
    "lspci -Dnn",
    "cat /proc/driver/nvidia/version",
    "nvidia-smi -q",
    "ls -l /dev/nvidia0 /dev/nvidiactl",
    "modinfo -F version nvidia-current",
    "dkms status",
    "df -Pk / /var /var/lib /usr",
    "findmnt -n -o SOURCE,FSTYPE -T /var/lib",
    "dmesg | tail -n 200 || true",
    "systemctl --failed --plain --no-legend",
    "systemctl is-active docker",
    "docker info --format '{{json .}}'",
    "docker ps --no-trunc",
    "docker volume ls -q",
    "ldconfig -p",
    "cat /proc/meminfo",
    "cat /proc/locks",
    *(f"dpkg-query -W -f '${{Status}} ${{Version}}' {package}" for package in PACKAGES),
    "apt-cache policy nvidia-kernel-dkms",
)
"""What the peers without checks of their own ask: as near as may be what CHECKS read."""

CHECKS = (
    "kernel_installed,disk_space,packages_configured,package_lock,gpu_count,driver_built,driver_mismatch,"
    "package_versions,device_nodes,nvidia_smi,docker_running,gpus_kept,var_lib_partition,memory_size,failed_units"
)
"""What gpuwright's doctor is asked, with what these rest on; converging asks for all of its topics."""


@dataclass(frozen=True)
class States:
    """What is true of a finished host already; the contents of the files are those that it has."""

    files: Mapping[str, str]
    packages: tuple[str, ...] = PACKAGES
    units: tuple[str, ...] = UNITS
    folders: tuple[str, ...] = FOLDERS
    questions: tuple[str, ...] = field(default=QUESTIONS)

    @property
    def count(self) -> int:
        """How many states there are."""
        return len(self.files) + len(self.packages) + len(self.units) + len(self.folders)

    def write(self, path: Path) -> Path:
        """As JSON, for the scripts of peers that run in environments of their own."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")
        return path
