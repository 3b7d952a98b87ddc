"""NVIDIA devices on the PCI bus, from /sys: it needs no tool, and it says which driver holds each."""

from __future__ import annotations

from dataclasses import dataclass

from checks.facts.reading import Reading, Unknown, number, words

COMMAND = """
[ -d /sys/bus/pci/devices ] || { echo "no /sys/bus/pci/devices"; exit 1; }
for device in /sys/bus/pci/devices/*; do
    read -r vendor 2>/dev/null <"$device/vendor" || continue
    [ "$vendor" = 0x10de ] || continue
    read -r id <"$device/device"
    read -r class <"$device/class"
    driver=none
    [ -e "$device/driver" ] && driver=$(readlink "$device/driver") && driver=${driver##*/}
    echo "device ${device##*/} $id $class $driver"
done
lspci -Dnn -d 10de: 2>/dev/null | sed 's/^/lspci /'
exit 0
"""

_DISPLAY = 0x03


@dataclass(frozen=True)
class Device:
    """One NVIDIA function: its PCI device id, its base class and subclass, and its driver (empty if unbound)."""

    address: str
    id: int
    pci_class: int
    driver: str

    @property
    def is_gpu(self) -> bool:
        """Display controllers, 3D ones (datacentre boards) among them; not the audio, USB and bridge functions."""
        return self.pci_class >> 8 == _DISPLAY


@dataclass(frozen=True)
class Pci:
    """The NVIDIA functions in bus order; `listed` is what lspci printed of them (empty where it is not installed)."""

    devices: tuple[Device, ...]
    listed: tuple[str, ...]

    @property
    def gpus(self) -> tuple[Device, ...]:
        """The GPUs, in bus order."""
        return tuple(device for device in self.devices if device.is_gpu)

    def line(self, device: Device) -> str:
        """What lspci says of the device, or its ids where lspci is missing: evidence for a person."""
        listed = next((line for line in self.listed if line.startswith(device.address)), None)
        return listed or f"{device.address} [{device.pci_class:04x}]: NVIDIA [10de:{device.id:04x}]"


def parse(reading: Reading) -> Pci:
    """`device` lines and `lspci` lines."""
    devices, listed = [], []
    for line in reading.lines():
        kind, rest = words(line, 2)
        if kind == "lspci":
            listed.append(rest)
        elif kind == "device":
            address, device_id, pci_class, driver = words(rest, 4)
            devices.append(
                Device(
                    address,
                    number(device_id, 16),
                    number(pci_class, 16) >> 8,
                    "" if driver == "none" else driver,
                )
            )
        else:
            raise Unknown(f"unexpected line {line[:80]!r}")
    return Pci(tuple(devices), tuple(listed))
