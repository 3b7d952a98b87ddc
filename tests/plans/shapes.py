"""The GPUs that bare hosts are given here: what the probe's topics say of them, in place of what was recorded."""

from __future__ import annotations

from dataclasses import dataclass

from checks.facts.bootloader import order
from tests.alter import Alter, edit, put


@dataclass(frozen=True)
class Card:
    """A model: its device id, its name in pci.ids, and the first kernel whose nouveau drives it."""

    id: str
    name: str
    nouveau: str


V100 = Card("1db6", "GV100GL [Tesla V100 PCIe 32GB]", "4.16")
T4 = Card("1eb8", "TU104GL [Tesla T4]", "5.0")
A100 = Card("20b5", "GA100 [A100 PCIe 80GB]", "5.13")
H100 = Card("2330", "GH100 [H100 SXM5 80GB]", "6.16")
H200 = Card("2335", "GH100 [H200 SXM 141GB]", "6.16")
B200 = Card("2901", "GB100 [B200]", "6.16")
GH200 = Card("2342", "GH100 [GH200 120GB / 480GB]", "6.16")
GB200 = Card("2941", "GB100 [HGX GB200]", "6.16")
P40 = Card("1b38", "GP102GL [Tesla P40]", "4.10")
RTX_PRO_6000 = Card("2bb5", "GB202GL [RTX PRO 6000 Blackwell Server Edition]", "6.16")
SWITCH = Card("22a3", "GH100 [H100 NVSwitch]", "999")

BACKPORTED = ("el8", "el9", "el10")
"""Systems whose kernels have a nouveau far newer than their number: Red Hat takes over later kernels' graphics."""

SHAPES: dict[str, tuple[Card, ...]] = {
    "v100": (V100, V100),
    "t4": (T4,),
    "a100": (A100,),
    "h100-hgx": (SWITCH,) * 4 + (H100,) * 8,
    "h200": (SWITCH,) * 4 + (H200,) * 8,
    "b200-hgx": (B200,) * 8,
    "a100-v100": (A100, V100),
    "pascal-blackwell": (P40, RTX_PRO_6000),
}


ARM: dict[str, tuple[Card, ...]] = {"gh200": (GH200,), "gb200": (GB200,) * 4}
"""On servers of Arm: one module of Grace and Hopper, and a compute tray of an NVL72, whose switches are elsewhere."""


def given(shape: str, system: str, kernel: str) -> tuple[Alter, ...]:
    """What makes a recorded bare host one with these GPUs, on bare metal, nouveau holding those that it knows."""
    devices, listed = [], []
    knows = "6.12" if system in BACKPORTED else kernel
    held = False
    for slot, card in enumerate({**SHAPES, **ARM}[shape]):
        bridge = card is SWITCH
        driver = "nouveau" if order(card.nouveau) <= order(knows) else "none"
        held = held or driver == "nouveau"
        address = f"0000:{0x05 + slot * 0x0B:02x}:00.0"
        devices.append(f"device {address} 0x{card.id} {'0x068000' if bridge else '0x030200'} {driver}\n")
        kind = "Bridge [0680]" if bridge else "3D controller [0302]"
        listed.append(f"lspci {address} {kind}: NVIDIA Corporation {card.name} [10de:{card.id}] (rev a1)\n")
    return (
        put("pci", "".join([*devices, *listed])),
        put("modules", "nouveau - 0 ,\n" if held else ""),
        put("pcie", "virtual no\n"),
        put("platform", "container none\n"),
        edit("machine", r"^virtual yes$", "virtual no"),
    )
