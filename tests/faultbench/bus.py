"""Faults of the PCI bus: links, memory windows, errors, models, NVSwitches, GPUs that fell off."""

from __future__ import annotations

from checks.facts.reading import Reading
from tests.alter import Alter, append, edit, put
from tests.faultbench.fault import Fault
from tests.faultbench.twin import twin

GPU = "0000:3b:00.0"
ABOVE = "0000:3a:00.0"


def link(now: str, *, slot: str = "16.0 16.0 16 16", virtual: str = "no") -> tuple[Alter, ...]:
    """The GPU's end of the link, and the bridge's: speed and its maximum, lanes and their maximum."""
    return (
        edit("pcie", r"^function .*$", f"function {GPU} {ABOVE} {now} {slot}"),
        edit("pcie", r"^virtual .*$", f"virtual {virtual}"),
    )


def busy(use: int) -> Alter:
    """The GPU works so many per cent of the time."""
    return edit("smi", r"^( Utilization\n  GPU): .*$", rf"\1: {use} %")


def gpus(*models: str) -> tuple[Alter, ...]:
    """GPUs of these device ids instead of the one, each with its node, and alike for nvidia-smi."""
    slots = [f"{0x10 + i:02x}" for i in range(len(models))]

    def listed(readings: dict[str, Reading]) -> None:
        text = readings["smi"].text.replace("Persistence Mode: Disabled", "Persistence Mode: Enabled")
        banner, _, board = text.replace("Attached GPUs: 1", f"Attached GPUs: {len(models)}").partition("GPU 0000")
        blocks = (f"GPU 0000{board}".replace("3B:00.0", f"{slot.upper()}:00.0") for slot in slots)
        readings["smi"] = Reading(0, banner + "".join(blocks))

    lines = (f"device 0000:{at}:00.0 0x{model} 0x030200 nvidia\n" for at, model in zip(slots, models, strict=True))
    nodes = "".join(f"/dev/nvidia{i} c3 {i} 666\n" for i in range(1, len(models)))
    return (put("pci", "".join(lines)), append("nodes", nodes), listed)


HGX = gpus(*["2330"] * 8)
BARE = edit("pcie", r"^virtual yes", "virtual no")


def switches(count: int) -> Alter:
    """NVSwitches of an HGX H100 board."""
    return append("pci", "".join(f"device 0000:{i:02x}:00.0 0x22a3 0x068000 none\n" for i in range(5, 5 + count)))


FAULTS = (
    Fault(
        "half the lanes",
        "deepops check_nv_pcie_link_width; DCGM FR PCIE_WIDTH",
        "pcie_link",
        link("16.0 16.0 8 16"),
        says="8 of 16 PCIe lanes",
        verdict="warn",
    ),
    Fault(
        "half the lanes, in a virtual machine",
        "Azure NHC: link width",
        "pcie_link",
        link("16.0 16.0 4 16", virtual="yes"),
        says="4 of 16 PCIe lanes",
        verdict="warn",
    ),
    Fault(
        "a slot of eight lanes",
        "imbue cluster-health: limited by",
        "pcie_link",
        link("16.0 16.0 8 16", slot="16.0 16.0 8 8"),
        says="slot of 8 lanes",
        verdict="warn",
    ),
    Fault(
        "Gen1 under load",
        "DCGM FR PCIE_GENERATION; Stas Bekman",
        "pcie_link",
        (*link("2.5 16.0 16 16"), busy(97)),
        says="2.5 of 16 GT/s",
        verdict="warn",
    ),
    Fault(
        "ACS on, on bare metal",
        "gpud components/pci",
        "pcie_acs",
        (*twin(), BARE, append("pcie", f"acs asked\nacs {ABOVE}\n")),
        says=ABOVE,
        verdict="warn",
    ),
    Fault(
        "fatal PCIe error",
        "kernel Documentation/PCI/pcieaer-howto",
        "pcie_errors",
        (append("pcie", f"error {GPU} fatal CmpltTO 1\nerror {GPU} fatal TOTAL_ERR_FATAL 1\n"),),
        says="CmpltTO",
    ),
    Fault(
        "PCIe error at the bridge above, not fatal",
        "kernel Documentation/PCI/pcieaer-howto",
        "pcie_errors",
        (*link("16.0 16.0 16 16"), append("pcie", f"error {ABOVE} nonfatal UnsupReq 3\n")),
        says="UnsupReq",
    ),
    Fault(
        "corrected PCIe errors by the thousand",
        "DCGM FR 3: replay rate",
        "pcie_errors",
        (append("pcie", f"error {GPU} correctable BadTLP 5120\n"),),
        says="5120 corrected",
        verdict="warn",
    ),
    Fault(
        "no room for the memory windows",
        "deepops diagnose-driver-install: Above 4G",
        "gpu_mapped",
        (append("pcie", f"window {GPU} 0x0000000000000000 0x0000001fffffffff\n"),),
        says="Above 4G",
    ),
    Fault(
        "memory decoding off",
        "VFIO leaves the command register cleared",
        "gpu_mapped",
        (edit("pcie", r"^header .*$", f"header {GPU} de10b52000001000a100020300000000"),),
        says="switched off",
    ),
    Fault(
        "memory decoding off on the second of two GPUs",
        "VFIO leaves the command register cleared",
        "gpu_mapped",
        (
            *twin(),
            append("pcie", "function 0000:af:00.0 - 16.0 16.0 16 16 - - - -\n"),
            append("pcie", "header 0000:af:00.0 de10b52000001000a100020300000000\n"),
        ),
        says="/sys/bus/pci/devices/0000:af:00.0/",
    ),
    Fault(
        "GPU reads all ones",
        "lspci: rev ff; open-gpu-kernel-modules issue 507",
        "gpu_off_bus",
        (edit("pcie", r"^header .*$", f"header {GPU} {'f' * 32}"),),
        says="all ones",
    ),
    Fault(
        "GPU reads all ones, and nvidia-smi hangs",
        "NVSentinel issue 684",
        "gpu_off_bus",
        (edit("pcie", r"^header .*$", f"header {GPU} {'f' * 32}"), put("smi", "pid 4711\n", None)),
        says="cold",
    ),
    Fault(
        "one NVSwitch of four is missing",
        "imbue: lspci bridges; Fabric Manager User Guide",
        "nvswitches",
        (*HGX, switches(3), BARE),
        says="3 of 4",
    ),
    Fault("no NVSwitch on bare metal", "Fabric Manager User Guide", "nvswitches", (*HGX, BARE), says="0 of 4"),
    Fault(
        "one of two models has a card less",
        "NVSentinel issue 684; gcm: GPUs against a manifest",
        "gpu_models",
        gpus("20b5", "20b5", "20b5", "26b9", "26b9"),
        says="one may be missing",
        verdict="warn",
    ),
)
