"""What led to a fault: recordings with a history, and what the timeline must show last before the trouble."""

from __future__ import annotations

from dataclasses import dataclass

from checks.facts.recording import Recording
from tests.alter import Alter, altered, append, edit, put
from tests.hosts import HEALTHY, read


@dataclass(frozen=True)
class Story:
    """A host with a history. `source` is where it is known from.

    `marked` must be in the first sign of trouble, and `cause` in one of the entries before it.
    """

    name: str
    source: str
    alter: tuple[Alter, ...]
    marked: str
    cause: str

    def recording(self) -> Recording:
        """The host, with the answers of the second exec."""
        return altered(read(HEALTHY), (put("events", ""), put("changes", ""), *self.alter))


_UPGRADE = (
    "apt\t2026-11-22  17:15:02\t\t/usr/bin/unattended-upgrade\t3\t"
    "Upgrade libnvidia-ml1 535.288.01-1~deb12u1 535.309.01-0+deb12u1\n"
)
_SAYS = "gpu01 kernel: NVRM:"

STORIES = (
    Story(
        "an unattended upgrade, and the kernel module refuses the new library",
        "NVIDIA/ubuntu-packaging-nvidia-driver issue 3",
        (
            edit("modules", r"^nvidia 535.309.01", "nvidia 535.288.01"),
            append("history", _UPGRADE),
            append(
                "events",
                f"kernel 2026-11-22T17:16:40+0000 {_SAYS} API mismatch: the client has the version 535.309.01\n",
            ),
        ),
        marked="API mismatch",
        cause="libnvidia-ml1 535.288.01-1~deb12u1 -> 535.309.01-0+deb12u1 and 3 more by /usr/bin/unattended-upgrade",
    ),
    Story(
        "a library upgraded under the module, and nothing in any log",
        "lyulyul/shine-cluster issue 30",
        (edit("modules", r"^nvidia 535.309.01", "nvidia 535.288.01"), append("history", _UPGRADE)),
        marked="driver_mismatch: the kernel module is 535.288.01",
        cause="by /usr/bin/unattended-upgrade",
    ),
    Story(
        "a daemon-reload, and containers lose their GPUs",
        "NVIDIA/nvidia-docker issue 1730",
        (
            put("container", "Failed to initialize NVML: Unknown Error\n", 255),
            append("events", "systemd 2026-11-22T17:18:00+0000 gpu01 systemd[1]: Reloading.\n"),
        ),
        marked="container_gpu",
        cause="systemctl daemon-reload",
    ),
    Story(
        "daemon.json was edited, and docker does not come up",
        "NVIDIA/nvidia-docker issue 1448",
        (
            edit("docker", r"^state active\n(.*\n)*", "state failed\nlog invalid character in daemon.json\n"),
            edit("volume", r"^asked\n(.*\n)*", ""),
            append("changes", "1795367800 /etc/docker/daemon.json\n"),
            append(
                "events",
                "systemd 2026-11-22T17:17:00+0000 gpu01 systemd[1]: docker.service: Main process exited, code=exited\n",
            ),
        ),
        marked="docker.service: Main process exited",
        cause="/etc/docker/daemon.json was written",
    ),
    Story(
        "a reboot, and a GPU falls off the bus; an Xid of the boot before is not the first sign",
        "leptonai/gpud pull request 1209",
        (
            edit("pci", r"nvidia$", "none"),
            put("smi", "No devices were found\n", 6),
            append(
                "events",
                f"kernel 2026-11-21T03:00:00+0000 {_SAYS} Xid (PCI:0000:3b:00): 13, Graphics Exception\n"
                f"kernel 2026-11-22T17:12:00+0000 {_SAYS} Xid (PCI:0000:3b:00): 79, GPU has fallen off the bus.\n",
            ),
        ),
        marked="Xid (PCI:0000:3b:00): 79",
        cause="the host booted",
    ),
    Story(
        "dmesg alone, on a host without a journal",
        "systemd 219 without persistent storage",
        (
            edit("pci", r"nvidia$", "none"),
            put("smi", "No devices were found\n", 6),
            append("events", "btime 1795367445\nup 30 NVRM: loading NVIDIA UNIX x86_64 Kernel Module  535.309.01\n"),
            append("events", "up 90 NVRM: GPU 0000:3b:00.0: RmInitAdapter failed! (0x26:0xffff:1474)\n"),
        ),
        marked="RmInitAdapter failed",
        cause="NVRM: loading NVIDIA UNIX",
    ),
)
