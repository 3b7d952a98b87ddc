"""What the exit statuses of nvidia-smi mean: nvidia-smi(1), "RETURN VALUE", and nvmlReturn_t of NVML beyond it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Status:
    """What a status says, why it matters, and what to do about it."""

    says: str
    why: str
    remedy: str


_LOG = "read the kernel log: dmesg | grep -i -e nvrm -e xid"
_REBOOT = "drain the host and reboot it; if it comes back, have the GPU, its slot and its power looked at"

STATUSES: dict[int, Status] = {
    2: Status(
        "it does not know its own option -q",
        "what is called nvidia-smi here is not NVIDIA's program, or only a wrapper around it",
        "type -a nvidia-smi; then install the driver's own again",
    ),
    3: Status("it cannot do this on these GPUs", "the driver does not serve this kind of GPU", _LOG),
    4: Status(
        "it is not permitted to open the device nodes",
        "programs of ordinary users and containers cannot open them either, or this program runs confined",
        "ls -l /dev/nvidia*; look for NVreg_DeviceFileMode in /etc/modprobe.d, and for denials of SELinux or AppArmor",
    ),
    6: Status(
        "it finds no GPU",
        "the driver is loaded and has started none of the GPUs",
        f"{_LOG}; a driver of another flavour or branch than the GPU needs says so there",
    ),
    8: Status(
        "the external power cables of a GPU are not attached",
        "the GPU does not start without its auxiliary power",
        "switch the host off and connect the power cables of the board",
    ),
    9: Status("the driver is not loaded", "no program can use a GPU", "modprobe nvidia; then read the kernel log"),
    10: Status(
        "the kernel has a problem with a GPU's interrupts",
        "the driver waits for ever for what the GPU has to say",
        "grep nvidia /proc/interrupts; look for pci=nomsi in /proc/cmdline, then try a newer firmware or another slot",
    ),
    12: Status(
        "the library libnvidia-ml.so is not found",
        "every program that asks for GPUs, and every container runtime, needs it",
        "ldconfig -p | grep libnvidia-ml; then install the driver's libraries again",
    ),
    13: Status(
        "the library libnvidia-ml.so lacks a function that it needs",
        "library and program are of two versions",
        "install all of the driver's packages at one version",
    ),
    14: Status(
        "the infoROM of a GPU is corrupted",
        "its error history and its limits cannot be trusted",
        "have the infoROM written anew with the vendor's tool, or the board replaced",
    ),
    15: Status("a GPU has fallen off the bus, or cannot be reached", "every program that opens it fails", _REBOOT),
    16: Status("a GPU needs a reset", "it takes no work until then", "end what uses it, then: nvidia-smi -r"),
    17: Status("the operating system took the GPU's control away", "it answers nobody", _REBOOT),
    18: Status(
        "library and kernel module are of two versions",
        "every call into the driver fails",
        "unload the module and load it again, or reboot",
    ),
    19: Status("a GPU is in use by another driver", "this driver cannot reach it", "lspci -k -d 10de:"),
    126: Status("it cannot be executed", "its file is damaged, or its file system forbids it", "install it again"),
    127: Status("it cannot be executed", "its file or its loader is missing", "install the driver's programs again"),
    255: Status("the driver reports an error of its own", "the driver or a GPU is in a bad state", _LOG),
}

_SIGNALS = {
    4: "illegal instruction",
    6: "abort",
    7: "bus error",
    9: "killed",
    11: "segmentation fault",
    15: "terminated",
}


def meaning(status: int) -> Status:
    """What a status means; one above 128 is that of a program that a signal ended."""
    if status in STATUSES:
        return STATUSES[status]
    if status > 128:
        number = status - 128
        return Status(
            f"it was ended by signal {number} ({_SIGNALS.get(number, 'see kill -l')})",
            "the program crashed or was killed, so nothing is known from it; a damaged library is the usual reason",
            "dmesg | tail; then verify the driver's files: dpkg -V or rpm -V with the names of its packages",
        )
    return Status("a status that nvidia-smi's manual does not know", "the driver did not answer", _LOG)
