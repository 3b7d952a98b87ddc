"""A disk image from a lab host: the same installed system, on a machine of its own.

What the lab stands in for is taken out again: units it masked because a lab host shares its kernel are unmasked, its
package cache is forgotten, and the network is set up by the host itself. Kernel and initrd are the system's own.
"""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab import accounts, base, mounts, ssh
from tests.lab.command import run
from tests.lab.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.lab.home import Home

# Timers that would take apt's lock in the middle of a test; the one exception to unmasking.
STAY_MASKED = frozenset({"apt-daily-upgrade.timer", "apt-daily.timer"})
# QEMU's user-mode network: no privilege, no bridge, nothing to put back.
NETWORK = """\
[Match]
Name=eth0

[Network]
Address=10.0.2.15/24
Gateway=10.0.2.2
"""
RESOLVER = "nameserver 10.0.2.3\n"


@dataclass(frozen=True)
class Image:
    """What QEMU boots."""

    disk: Path
    kernel: Path
    initrd: Path
    host_key: str
    seconds: float


def build(
    home: Home, folder: Path, name: str, lowers: Sequence[str], *, size: str, prepare: Callable[[Path], None]
) -> Image:
    """Make the image; what it is made from is only read, changes go to an upper directory in `folder`."""
    began = time.monotonic()
    root = folder / "root"
    mounts.overlay([Path(lower) for lower in lowers], folder / "upper", folder / "work", root)
    try:
        _unmask(root)
        host_key = _identity(root, folder, name, ssh.make_key(home))
        prepare(root)
        kernel = _newest(root / "boot", "vmlinuz-*")
        initrd = root / "boot" / kernel.name.replace("vmlinuz-", "initrd.img-")
        for file in (kernel, initrd):
            shutil.copy(file, folder / file.name)
        disk = folder / "disk.img"
        run("mkfs.ext4", "-q", "-F", "-m", "0", "-d", root, disk, size, timeout=600)
    finally:
        mounts.unmount_below(root)
    for left in ("upper", "work"):
        shutil.rmtree(folder / left)
    return Image(disk, folder / kernel.name, folder / initrd.name, host_key, time.monotonic() - began)


def _unmask(root: Path) -> None:
    for unit in base.MASKED:
        mask = root / "etc/systemd/system" / unit
        if unit not in STAY_MASKED and mask.is_symlink() and str(mask.readlink()) == "/dev/null":
            mask.unlink()


def _identity(root: Path, folder: Path, name: str, public_key: str) -> str:
    """Write its name, keys and network; returns its host key as known_hosts wants it."""
    (root / "etc/hostname").write_text(f"{name}\n")
    (root / "etc/hosts").write_text(f"127.0.0.1\tlocalhost\n127.0.1.1\t{name}\n")
    (root / "etc/machine-id").write_text("uninitialized\n")
    (root / "etc/apt/apt.conf.d/90lab-cache").unlink(missing_ok=True)
    resolv = root / "etc/resolv.conf"
    resolv.unlink(missing_ok=True)
    resolv.write_text(RESOLVER)
    (root / "etc/systemd/network/10-eth0.network").write_text(NETWORK)
    run("chroot", root, "systemctl", "enable", "systemd-networkd.service")
    accounts.allow_key(root, public_key)
    key = folder / "ssh_host_ed25519_key"
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", f"root@{name}", "-f", key)
    for file in (key, key.with_suffix(".pub")):
        shutil.copy(file, root / "etc/ssh" / file.name)
    return " ".join(key.with_suffix(".pub").read_text().split()[:2])


def _newest(boot: Path, pattern: str) -> Path:
    kernels = sorted(boot.glob(pattern), key=lambda path: path.stat().st_mtime)
    if not kernels:
        raise LabError(f"no kernel in {boot}")
    return kernels[-1]
