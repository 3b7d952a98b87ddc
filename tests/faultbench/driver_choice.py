"""Faults of hosts whose driver is chosen for their GPUs: GPUs that no driver fits, a fabric manager that is missing."""

from __future__ import annotations

from checks.profiles.profile import having
from tests.alter import Alter, put
from tests.faultbench import nvlink
from tests.faultbench.fault import Fault
from tests.hosts import DEBIAN
from tests.plans.shapes import P40, RTX_PRO_6000, Card

CHOSEN = having(DEBIAN, {"driver": {"version": "auto"}})
PRODUCTION = having(DEBIAN, {"driver": {"version": "production"}})
_MATRIX = "CUDA Toolkit, Driver, and Architecture Matrix"
K80 = Card("102d", "GK210GL [Tesla K80]", "999")
V100 = Card("1db6", "GV100GL [Tesla V100 PCIe 32GB]", "4.16")
NEW = Card("3fff", "Device 3fff", "999")


def cards(*models: Card) -> Alter:
    """These GPUs, which nothing drives yet."""
    lines = [f"device 0000:{0x3B + slot:02x}:00.0 0x{card.id} 0x030200 none\n" for slot, card in enumerate(models)]
    lines += [
        f"lspci 0000:{0x3B + slot:02x}:00.0 3D controller [0302]: NVIDIA Corporation {card.name} [10de:{card.id}]\n"
        for slot, card in enumerate(models)
    ]
    return put("pci", "".join(lines))


BARE = "bare-debian12-a100"

FAULTS = (
    Fault(
        "Pascal and Blackwell in one host", "NVIDIA Transitions Fully Towards Open-Source GPU Kernel Modules",
        "gpu_supported", (cards(P40, RTX_PRO_6000),), says="a host each", base=BARE, profile=CHOSEN,
    ),
    Fault(
        "a GPU older than what NVIDIA's repository offers", _MATRIX, "gpu_supported", (cards(K80),),
        says="470 at most", base=BARE, profile=CHOSEN,
    ),
    Fault(
        "a GPU that no table knows", "a board newer than the program", "gpu_supported", (cards(NEW),),
        says="not known here", base=BARE, profile=CHOSEN,
    ),
    Fault(
        "the profile asks for a branch that has dropped the GPU", _MATRIX, "gpu_supported", (cards(V100),),
        says='driver.version = "auto" chooses branch 580', base=BARE, profile=PRODUCTION,
    ),
    Fault(
        "fabric manager not installed, and the profile chooses the driver", "gpu-operator issue 544; CUDA error 802",
        "fabric_manager", (*nvlink.HGX, nvlink.ABSENT), says="provision --only fabric_manager", profile=CHOSEN,
    ),
    Fault(
        "fabric manager of another version, and the profile chooses the driver", "dstack issue 2348", "fabric_version",
        (*nvlink.HGX, nvlink.manager("failed", "535.288.01")), says="provision --only fabric_manager", profile=CHOSEN,
    ),
)  # fmt: skip
