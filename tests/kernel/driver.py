"""A provisioned host with a kernel of its own: the real module goes into it and finds no GPU, twice.

The lab stands in for the loading of modules. Here nothing is stood in for: what DKMS built on a lab host is loaded by a
real modprobe into the kernel it was built for.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from provision.remote.endpoint import resolve
from provision.remote.host import Remote
from tests.kernel import image
from tests.kernel.guest import BOOT_SECONDS, Guest
from tests.lab import layers
from tests.lab.errors import LabError
from tests.onhosts import stages
from tests.onhosts.fab import fab

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kernel.transcript import Transcript
    from tests.lab.core import Lab

OS = "debian12"
NAME = "kernel"
NO_GPU = "No NVIDIA GPU found"
LOADED = "grep -c nvidia /proc/modules"
FAB_SECONDS = 600.0
# Emulated, docker needs longer for its first answer than the default lets it.
PATIENCE = ("--deadline", "60s")


def provisioned(lab: Lab) -> str:
    """The label of the layer of a provisioned lab host; one is provisioned if there is none."""
    if layers.find(lab.home, stages.label(OS)) is None:
        (host,) = lab.up([NAME], os=OS, gpus=stages.GPUS)
        try:
            way = stages.walk(lab, host, OS)
        finally:
            lab.down([NAME])
        if way.second.returncode != 0:
            raise LabError(f"provisioning a lab host ended with {way.second.returncode}:\n{way.second.stderr}")
    return stages.label(OS)


def show(lab: Lab, folder: Path, label: str, told: Transcript) -> None:
    """Boot it, load the driver, ask the doctor, reboot, load it again."""
    label = label or provisioned(lab)
    _, lowers = layers.stack(lab.home, None, label)
    told.section("The machine")
    made = image.build(lab.home, folder, NAME, lowers, size="8G", prepare=lambda _: None)
    told.note(f"Disk image from lab layer {label} with {made.kernel.name}, made in {made.seconds:.0f} s.")
    guest = Guest(NAME, folder, made, lab.home.key)
    with guest.running():
        told.note(f"sshd lets in after {guest.wait_until_up():.0f} s.")
        told.on(guest, "uname -r; systemd-detect-virt; systemd-analyze | head -n 1; grep MemTotal /proc/meminfo")
        told.section("The real module, the real modprobe")
        _load(guest, told)
        told.section("What gpuwright says")
        _examine(guest, told)
        told.section("A real reboot, by the code that reboots managed hosts")
        _reboot(guest, told)
        _load(guest, told)


def _load(guest: Guest, told: Transcript) -> None:
    before = told.on(guest, LOADED)
    told.on(guest, "sudo modinfo -F filename nvidia-current; sudo modinfo -F vermagic nvidia-current")
    told.on(guest, "sudo dmesg --clear")
    said = told.on(guest, "sudo modprobe nvidia")
    log = told.on(guest, "sudo dmesg --notime")
    after = told.on(guest, LOADED)
    tainted = told.on(guest, "cat /proc/sys/kernel/tainted")
    told.must("nvidia_current': No such device" in said, "modprobe says that there is no such device")
    told.must(NO_GPU in log, "the module ran in the kernel and says that there is no NVIDIA GPU")
    # Bits 0 and 12: a proprietary module, one that is not of this kernel's own tree.
    told.must(int(tainted) & 0x1001 == 0x1001, "the kernel is tainted by a proprietary out-of-tree module: it was in")
    told.must(before.strip() == after.strip() == "0", "no nvidia module stays loaded")


def _fab(guest: Guest, told: Transcript, *arguments: str, lines: int = 40) -> tuple[int, str]:
    done = fab(guest.name, "-S", str(guest.ssh_config), *arguments, *PATIENCE, timeout=FAB_SECONDS)
    said = told.show(f"fab -S ssh_config -H {guest.name} {' '.join([*arguments, *PATIENCE])}", done, lines)
    return done.returncode, said


def _examine(guest: Guest, told: Transcript) -> None:
    status, _ = _fab(guest, told, "record", lines=20)
    told.must(status == 0, "record keeps what the host answers")
    status, _ = _fab(guest, told, "doctor")
    told.must(status == 1, "the doctor ends with 1")
    document = fab(
        guest.name, "-S", str(guest.ssh_config), "doctor", "--format", "json", *PATIENCE, timeout=FAB_SECONDS
    ).stdout
    findings: list[dict[str, Any]] = json.loads(document)["findings"]
    verdicts = {finding["check"]: finding["verdict"] for finding in findings}
    failed = [check for check, verdict in verdicts.items() if verdict == "fail"]
    told.must(failed[:1] == ["gpu_on_bus"], "the first failure is gpu_on_bus")
    told.must("unknown" not in verdicts.values(), "nothing is unknown")
    status, _ = _fab(guest, told, "provision", "--yes")
    told.must(status == 78, "a host without a GPU is refused with 78")
    status, _ = _fab(guest, told, "provision", "--force", "--dry-run")
    told.must(status in {0, 2}, "with --force there is a plan, or nothing to do; nothing is done")


def _reboot(guest: Guest, told: Transcript) -> None:
    config = str(guest.ssh_config)
    host = Remote(resolve(guest.name, config=config), config=config)
    boot = told.on(guest, "cat /proc/sys/kernel/random/boot_id").strip()
    began = time.monotonic()
    host.reboot(boot, BOOT_SECONDS, lambda _: None)
    host.close()
    told.note(f"Remote.reboot came back after {time.monotonic() - began:.0f} s.")
    again = told.on(guest, "cat /proc/sys/kernel/random/boot_id; uptime").split()[0]
    told.must(again != boot, "the boot_id is another one")
