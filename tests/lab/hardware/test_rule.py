"""The one rule of the simulated kernel: who gets the card at boot, and why not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from tests.lab.standin.fixtures import library_version
from tests.lab.standin.room import BLACKLIST

if TYPE_CHECKING:
    from tests.lab.standin.fixtures import MakeRoom

pytestmark = [pytest.mark.lab, pytest.mark.slow]

LOOK = r"""
for card in /sys/bus/pci/devices/*; do
    case $(cat $card/class) in 0x0302*) printf '%s ' "$(basename "$(readlink $card/driver || echo -)")" ;; esac
done
echo
echo $(ls /sys/module)
cat /sys/module/nvidia/version 2>/dev/null
"""
ALL = "nvidia nvidia_drm nvidia_modeset"
OWN = "the library's"


@dataclass(frozen=True)
class Boot:
    """One boot: what lies on the disk, who has the cards after it, and what the kernel log says of it."""

    name: str
    drivers: str
    modules: str
    gpus: str = "a100:1"
    version: str | None = OWN
    initramfs: dict[str, str] = field(default_factory=lambda: dict(BLACKLIST))
    files: dict[str, str] = field(default_factory=dict)
    release: str = ""
    licence: str = "NVIDIA"
    log: str = ""


NOTHING = "-"
BOOTS = [
    Boot("a fresh installation", "nouveau", "nouveau", version=None, initramfs={}, log="NVIDIA GA100 (170000a1)"),
    Boot("blacklisted and nothing else", NOTHING, "", version=None),
    Boot("the driver, all of it", "nvidia", ALL, log="NVRM: loading NVIDIA UNIX x86_64 Kernel Module"),
    Boot(
        "the initramfs was forgotten",
        "nouveau",
        "nouveau",
        initramfs={"etc/modprobe.d/dkms.conf": "# nothing\n"},
        log="nouveau, rivafb, nvidiafb or rivatv",
    ),
    Boot("built for another kernel", NOTHING, "", release="6.1.0-1-amd64"),
    Boot(
        "the driver is blacklisted",
        NOTHING,
        "",
        files={"etc/modprobe.d/no.conf": "blacklist nvidia\nblacklist nvidia-drm\n"},
    ),
    Boot(
        "nouveau turned off by install",
        "nvidia",
        ALL,
        initramfs={"etc/modprobe.d/a.conf": "install nouveau /bin/false\n"},
    ),
    Boot(
        "nouveau turned off by modeset",
        "nvidia",
        ALL,
        initramfs={"etc/modprobe.d/a.conf": "options nouveau modeset=0\n"},
        files={"etc/modprobe.d/a.conf": "options nouveau modeset=0\n"},
    ),
    Boot("no card", "", "", gpus="none", log="NVRM: No NVIDIA GPU found."),
    Boot("a card too new", NOTHING, "", gpus="b200:1", log="not supported by the"),
    Boot("a card too old", NOTHING, "", gpus="k80:1", log="supported through the NVIDIA 470.xx Legacy drivers"),
    Boot("a card too old beside a good one", "- nvidia", ALL, gpus="k80:1,a100:1"),
    Boot(
        "open modules and a card without GSP",
        NOTHING,
        "",
        gpus="v100:1",
        licence="Dual MIT/GPL",
        log="does not include the required GPU",
    ),
    Boot("open modules", "nvidia", ALL, licence="Dual MIT/GPL"),
    Boot(
        "a chip that nouveau does not know",
        "nvidia",
        ALL,
        gpus="h100:1",
        initramfs={},
        log="unknown chipset (180000a1)",
    ),
]


@pytest.mark.parametrize("boot", BOOTS, ids=lambda boot: boot.name)
def test_boot(boot: Boot, room: MakeRoom) -> None:
    """After this boot these drivers have the cards."""
    one = room(boot.gpus)
    version = library_version(one)
    one.initramfs(boot.initramfs)
    for path, text in boot.files.items():
        one.write(path, text)
    if boot.version:
        one.modules(version, release=boot.release, licence=boot.licence)
    answer = one.run(LOOK)
    drivers, modules, *versions = answer.out.splitlines()
    names = modules.split()
    if boot.name.startswith("a chip"):
        names.remove("nouveau")  # loaded, and of no use
    assert (drivers.strip(), " ".join(names)) == (boot.drivers, boot.modules)
    assert versions == ([version] if "nvidia" in names else [])
    assert boot.log in (one.machine / "hw/kernel.log").read_text()


def test_the_kernel_is_the_hosts_own(room: MakeRoom) -> None:
    """Everything that asks agrees, and depmod and modinfo look there."""
    one = room()
    ways = ("uname -r", "cat /proc/sys/kernel/osrelease", "cut -d' ' -f3 /proc/version")
    answer = one.run("; ".join([*ways, "modinfo -F vermagic overlay | cut -d' ' -f1"]))
    assert set(answer.out.split()) == {one.kernel()}
    assert one.run("uname -v").out.startswith("#1 SMP PREEMPT_DYNAMIC Debian ")


def test_rebooting_forgets(room: MakeRoom) -> None:
    """Module, nodes and persistence do not survive; the disk does."""
    one = room()
    one.initramfs(BLACKLIST)
    one.modules(library_version(one))
    assert (
        one.run("modprobe nvidia-uvm && nvidia-smi -L >/dev/null && touch /root/kept; ls /sys/module | wc -l").out
        == "4\n"
    )
    assert one.run("ls /sys/module | wc -l; ls /dev/nvidia* /root/kept 2>/dev/null").out == "3\n/root/kept\n"
