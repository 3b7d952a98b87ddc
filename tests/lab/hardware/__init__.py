"""A lab host's simulated hardware: the PCI bus that the real lspci reads, and what its cards answer.

`prepare(machine, gpus, faults)` fills `<machine>/hw`, which the host sees bound over /sys/bus/pci, /sys/module,
/proc/driver, /proc/version and /proc/sys/kernel/osrelease, and as /run/gpuwright-lab.
"""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

from tests.lab.hardware.bus import Device, layout, write_bus
from tests.lab.hardware.models import GPU_NAMES, MODELS, parse_spec
from tests.lab.hardware.values import nvidia_smi_values

if TYPE_CHECKING:
    from pathlib import Path

# What can be wrong with the hardware itself. Other faults of a lab host are none of this package's business.
FAULTS = {
    "gpu_missing": "the last GPU is not on the bus",
    "gpu_lost": "the last GPU is on the bus and answers nothing, as one that fell off",
    "link_degraded": "the last GPU's PCIe link is x4 and not x16",
}

__all__ = ["FAULTS", "GPU_NAMES", "MODELS", "parse_spec", "prepare"]


def prepare(machine: Path, gpus: str, faults: frozenset[str]) -> None:
    """Write the hardware of one host into `<machine>/hw`; ValueError for a bad spec."""
    devices = layout(parse_spec(gpus))
    graphics = [device for device in devices if device.model]
    if "gpu_missing" in faults and graphics:
        devices.remove(graphics.pop())
    hardware = machine / "hw"
    for folder in ("module", "proc-driver", "gpus"):
        (hardware / folder).mkdir(parents=True, exist_ok=True)
    for stale in (hardware / "gpus").iterdir():
        stale.unlink()
    degraded = graphics[-1:] if "link_degraded" in faults else []
    lost = graphics[-1:] if "gpu_lost" in faults else []
    write_bus(hardware / "pci", devices, degraded=degraded, lost=lost)
    for device in graphics:
        _write_values(hardware, machine.name, device, narrow=device in degraded)
    release = platform.release()
    for name, text in {
        "osrelease": release,  # until the host's own boot finds a kernel in /boot
        "version": f"Linux version {release} (lab) #1 SMP",
        "bound": "",
        "kernel.log": "",
        "lost": "\n".join(device.address for device in lost),
    }.items():
        (hardware / name).write_text(f"{text}\n" if text else "")


def _write_values(hardware: Path, host: str, device: Device, *, narrow: bool) -> None:
    values = nvidia_smi_values(host, device)
    if narrow:
        values["pcie.link.width.current"] = "4"
    lines = "".join(f"{field}={value}\n" for field, value in values.items())
    (hardware / "gpus" / device.address).write_text(lines)
