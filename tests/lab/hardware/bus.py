"""A PCI bus as files, the way /sys/bus/pci shows one: enough for the real lspci and for everything that reads sysfs."""

from __future__ import annotations

import shutil
import struct
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from tests.lab.hardware.models import Model

NVIDIA, INTEL, MELLANOX = 0x10DE, 0x8086, 0x15B3
SPEEDS = {1: "2.5", 2: "5.0", 3: "8.0", 4: "16.0", 5: "32.0", 6: "64.0"}  # GT/s by PCIe generation
FEW = ("3b", "5e", "86", "af")  # the slots of an ordinary server
MANY = ("1b", "3b", "43", "52", "61", "86", "9d", "af", "c3", "d1", "df", "e3", "e7", "eb", "ef", "f3")
SECOND_SOCKET = 0x80


@dataclass(frozen=True)
class Device:
    """One PCI function."""

    address: str
    vendor: int
    device: int
    pci_class: int
    subsystem: tuple[int, int] = (0, 0)
    revision: int = 0
    generation: int = 0  # 0: no PCIe capability
    model: Model | None = None

    @property
    def bus(self) -> int:
        """The bus number, which decides the socket."""
        return int(self.address[5:7], 16)


def layout(cards: Sequence[Model]) -> list[Device]:
    """The devices of a host with these cards: also its bridges, network and disk, as every real bus has them."""
    devices = [
        Device("0000:00:00.0", INTEL, 0x2020, 0x060000, (INTEL, 0), 0x07),
        Device("0000:00:1f.0", INTEL, 0xA1C1, 0x060100, (INTEL, 0x7270), 0x09),
        Device("0000:02:00.0", INTEL, 0x1521, 0x020000, (INTEL, 0x0001), 0x01, generation=2),
    ]
    slots = FEW if len(cards) <= len(FEW) else MANY
    for slot, card in zip(slots, cards, strict=False):
        devices.append(
            Device(
                f"0000:{slot}:00.0", NVIDIA, int(card.device, 16), 0x030200, (NVIDIA, int(card.subsystem, 16)), 0xA1,
                card.generation, card,
            )
        )  # fmt: skip
    return sorted(devices + _switches(cards), key=lambda device: device.address)


def _switches(cards: Sequence[Model]) -> list[Device]:
    """Eight SXM cards sit on a board with NVSwitches; those of NVLink 5 show themselves as InfiniBand (derived)."""
    for kind, count in Counter(card.switches for card in cards if card.switches).items():
        if count < 8:
            continue
        if kind == "nvlink5":
            bridge = Device("", MELLANOX, 0x1021, 0x020700, (MELLANOX, 0x0051), 0x00, generation=5)
        else:
            bridge = Device("", NVIDIA, int(kind, 16), 0x068000, (NVIDIA, 0x1796), 0xA1, generation=4)
        return [replace(bridge, address=f"0000:{slot:02x}:00.0") for slot in (5, 6, 7, 8)]
    return []


def write_bus(
    folder: Path, devices: Sequence[Device], *, degraded: Collection[Device], lost: Collection[Device]
) -> None:
    """Write `devices/` and an empty `drivers/`; drivers are bound by the simulated kernel."""
    if folder.exists():
        shutil.rmtree(folder)
    for name in ("devices", "drivers", "slots"):
        (folder / name).mkdir(parents=True)
    for number, device in enumerate(devices):
        home = folder / "devices" / device.address
        home.mkdir()
        width = 4 if device in degraded else 16
        for name, text in _attributes(device, 16 + number, width).items():
            (home / name).write_text(f"{text}\n")
        dead = device in lost  # a card that fell off the bus answers every read with ones
        (home / "config").write_bytes(b"\xff" * 256 if dead else config_space(device, width))


def _attributes(device: Device, irq: int, width: int) -> dict[str, str]:
    one_class, (sub_vendor, sub_device) = device.pci_class, device.subsystem
    attributes = {
        "vendor": f"0x{device.vendor:04x}",
        "device": f"0x{device.device:04x}",
        "class": f"0x{one_class:06x}",
        "subsystem_vendor": f"0x{sub_vendor:04x}",
        "subsystem_device": f"0x{sub_device:04x}",
        "revision": f"0x{device.revision:02x}",
        "irq": str(irq),
        "enable": "1",
        "numa_node": "1" if device.bus >= SECOND_SOCKET else "0",
        "local_cpulist": "0-63",
        "resource": "\n".join([f"0x{0:016x} 0x{0:016x} 0x{0:016x}"] * 7),
        "modalias": (
            f"pci:v{device.vendor:08X}d{device.device:08X}sv{sub_vendor:08X}sd{sub_device:08X}"
            f"bc{one_class >> 16:02X}sc{one_class >> 8 & 0xFF:02X}i{one_class & 0xFF:02X}"
        ),
    }
    if device.generation:
        speed = f"{SPEEDS[device.generation]} GT/s PCIe"
        attributes |= {
            "current_link_speed": speed,
            "max_link_speed": speed,
            "current_link_width": str(width),
            "max_link_width": "16",
        }
    return attributes


def config_space(device: Device, width: int = 16) -> bytes:
    """The 256 bytes that lspci reads: a header of type 0 and, for PCIe, the one capability that names the link."""
    space = bytearray(256)
    struct.pack_into("<HHHH", space, 0x00, device.vendor, device.device, 0x0406, 0x0010 if device.generation else 0)
    struct.pack_into("<I", space, 0x08, device.pci_class << 8 | device.revision)
    struct.pack_into("<HH", space, 0x2C, *device.subsystem)
    if device.generation:
        space[0x34] = 0x60
        # capability PCI Express, version 2, endpoint; link capabilities and status: speed in the low bits, then width
        struct.pack_into("<BBH", space, 0x60, 0x10, 0, 0x0002)
        struct.pack_into("<I", space, 0x6C, device.generation | 16 << 4)
        struct.pack_into("<H", space, 0x72, device.generation | width << 4)
    return bytes(space)
