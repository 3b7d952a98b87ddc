"""What nvidia-smi says of a card: a recorded card's values with those put in that belong to this card and this slot."""

from __future__ import annotations

import uuid
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.lab.hardware.bus import Device

CAPTURES = Path(__file__).parent.parent / "standin" / "templates"
LAB = uuid.UUID("6a1f8c52-0f5b-4a43-9d58-0d2d0c7f4b11")  # name space of the lab's GPU UUIDs


@cache
def recorded(card: str) -> dict[str, str]:
    """One recorded card: field name to value, with the unit that the value was printed with."""
    header, values = (CAPTURES / f"{card}.query-gpu.csv").read_text(encoding="utf-8").splitlines()
    names = [name.partition(" ")[0] for name in header.split(", ")]
    return dict(zip(names, values.split(", "), strict=True))


def nvidia_smi_values(host: str, device: Device) -> dict[str, str]:
    """Every query-gpu field of one card in its slot; names that begin with `lab.` are the simulated kernel's own."""
    model = device.model
    if model is None:
        raise ValueError(f"{device.address} is not a GPU")
    values = dict(recorded(model.like))
    reserved = round(model.memory * 0.0075)
    identity = uuid.uuid5(LAB, f"{host}/{device.address}")
    values |= {
        "name": model.name,
        "serial": f"13{identity.int % 10**11:011d}",
        "uuid": f"GPU-{identity}",
        "pci.bus_id": f"0000{device.address}".upper(),
        "pci.domain": f"0x{device.address[:4]}",
        "pci.bus": f"0x{device.bus:02X}",
        "pci.device": "0x00",
        "pci.device_id": f"0x{model.device.upper()}10DE",
        "pci.sub_device_id": f"0x{model.subsystem.upper()}10DE",
        "memory.total": f"{model.memory} MiB",
        "memory.reserved": f"{reserved} MiB",
        "memory.used": "0 MiB",
        "memory.free": f"{model.memory - reserved} MiB",
        "utilization.gpu": "0 %",
        "utilization.memory": "0 %",
        "accounting.mode": "Disabled",
    }
    values |= {f"pcie.link.gen.{which}": str(model.generation) for which in ("current", "gpucurrent", "max", "gpumax")}
    limits = ("power.limit", "enforced.power.limit", "power.default_limit", "power.max_limit")
    values |= dict.fromkeys(limits, f"{model.power:.2f} W")
    draws = ("power.draw", "power.draw.average", "power.draw.instant")
    values |= dict.fromkeys(draws, f"{model.power * 0.12:.2f} W")
    values |= model.fields
    values |= {
        "lab.minimum": str(model.minimum),
        "lab.maximum": "" if model.maximum is None else str(model.maximum),
        "lab.modules": model.modules,
        "lab.nouveau": model.nouveau,
        "lab.codename": model.codename,
        "lab.chip": model.chip,
        "lab.architecture": model.architecture,
    }
    return values
