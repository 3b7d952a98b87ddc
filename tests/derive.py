"""Writes the recordings that are derived from a real one: `python -m tests.derive`.

Each is the healthy host with the few lines changed that the fault changes; the first line of each says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from checks.facts.reading import NOT_ASKED, Reading
from checks.facts.recording import Recording, render
from tests.hosts import FOLDER, read

SOURCE = "healthy-debian12-a100"
Alter = Callable[[dict[str, Reading]], None]


def _edit(topic: str, pattern: str, replacement: str) -> Alter:
    def alter(readings: dict[str, Reading]) -> None:
        old = readings[topic]
        text, count = re.subn(pattern, replacement, old.text, flags=re.MULTILINE)
        if not count:
            raise ValueError(f"{topic} of {SOURCE} has no {pattern!r}")
        readings[topic] = Reading(old.status, text)

    return alter


def _set(topic: str, status: int | None, text: str) -> Alter:
    def alter(readings: dict[str, Reading]) -> None:
        readings[topic] = Reading(status, text)

    return alter


_NOT_LOADED = (
    _set("modules", 0, ""),
    _set("nodes", 0, ""),
    _set("smi", NOT_ASKED, "reason the driver is not loaded\n"),
)

DERIVED: dict[str, tuple[Alter, ...]] = {
    "fails-packages_configured": (_edit("packages", r"^ii docker\.io ", "iF docker.io "),),
    "fails-gpu_on_bus": (_set("pci", 0, ""), *_NOT_LOADED),
    "fails-gpu_count": (),
    "fails-gpu_supported": (_edit("pci", r"0x20b5", "0x2901"),),
    "fails-kernel_headers": (_edit("kernel", r"^headers .*\n", ""), _edit("driver", r"^built .*\n", "")),
    "fails-nouveau": (
        _edit("pci", r"nvidia$", "nouveau"),
        *_NOT_LOADED,
        _set("modules", 0, "nouveau - 0 ,\n"),
    ),
    "fails-driver_built": (_edit("driver", r"^built .*\n", ""),),
    "fails-driver_loaded": (_edit("pci", r"nvidia$", "none"), *_NOT_LOADED),
    "fails-driver_mismatch": (_edit("driver", r"^library .*$", "library /usr/lib/libnvidia-ml.so.535.288.01"),),
    "fails-gpu_bound": (_edit("pci", r"nvidia$", "none"), _set("smi", 6, "No devices were found\n")),
    "fails-device_nodes": (
        _set("nodes", 0, ""),
        _set("smi", NOT_ASKED, "reason it would make /dev/nvidia0\n"),
    ),
    "fails-nvidia_smi": (
        _set("smi", 255, "Unable to determine the device handle for GPU 0000:3B:00.0: Unknown Error\n"),
    ),
    "fails-docker_running": (
        _edit("docker", r"^state active\n(.*\n)*", "state inactive\n"),
        _edit("volume", r"^asked\n(.*\n)*", ""),
    ),
    "fails-var_lib_partition": (
        _edit("disk", r"^/var/lib/docker .*$", "/var/lib/docker 1794 /dev/sdb1 100000 90000 10000 90% /var/lib/docker"),
        _edit("volume", r"^volume .*\n(.*\n)*", ""),
    ),
    "fails-driver_volume": (_edit("volume", r"^volume .*\n(.*\n)*", ""),),
    "fails-container_gpu": (_set("container", 1, "Failed to initialize NVML: Unknown Error\n"),),
    # States on the way, and after an interruption.
    "half-driver-without-docker": (
        _edit("packages", r"^ii docker\.io .*\n", ""),
        _edit("docker", r"(.*\n)+", "state inactive\n"),
        _edit("volume", r"^asked\n(.*\n)*", ""),
    ),
    "half-next-kernel-without-module": (
        _edit("kernel", r"^(image \d+) (.*)$", r"\1 \2\nimage 1795400000 6.1.0-99-amd64"),
    ),
    "half-interrupted-driver": (
        _edit("packages", r"^ii (nvidia-kernel-dkms|nvidia-smi) ", r"iU \1 "),
        _edit("driver", r"^(built|library) .*\n", ""),
        _edit("pci", r"nvidia$", "nouveau"),
        *_NOT_LOADED,
        _set("modules", 0, "nouveau - 0 ,\n"),
    ),
    "half-blacklist-not-in-initramfs": (_edit("kernel", r"^image \d+ ", "image 1500000000 "),),
    "stuck-nvidia-smi": (_set("smi", None, "pid 4711\n"),),
    "stuck-earlier-nvidia-smi": (_set("smi", NOT_ASKED, "stuck 4711\n"),),
}


def derive(name: str) -> Recording:
    """The healthy host, altered."""
    readings = dict(read(SOURCE).readings)
    for alter in DERIVED[name]:
        alter(readings)
    return Recording(readings)


def main() -> None:
    """Write them all."""
    for name in DERIVED:
        text = f"# derived from {SOURCE}.rec by tests/derive.py\n{render(derive(name))}"
        (FOLDER / f"{name}.rec").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
