"""A small file system of its own under a folder of a host, and full at once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab.command import run

if TYPE_CHECKING:
    from tests.lab.host import Host


def small(one: Host, path: str, free: int) -> None:
    """Put what lies at `path` on an ext4 of its own, with `free` KiB left."""
    one.inside("mkdir", "-p", path)
    used = int(one.inside("du", "-sk", path).stdout.split()[0])
    image = one.machine / f"{path.strip('/').replace('/', '-')}.ext4"
    run("truncate", "--size", f"{48 + used // 512}M", image)
    run("mkfs.ext4", "-q", "-F", "-m", "0", "-N", "65536", image)
    loop = run("losetup", "--find", "--show", image).stdout.strip()
    device = Path(loop).stat().st_rdev
    one.inside(
        "sh", "-ec",
        f"mknod /dev/small b {os.major(device)} {os.minor(device)}; mkdir -p /tmp/small; mount /dev/small /tmp/small; "
        f"cp -a {path}/. /tmp/small/; umount /tmp/small; mount /dev/small {path}; rm /dev/small; rmdir /tmp/small "
        f"{path}/lost+found",
    )  # fmt: skip
    run("losetup", "--detach", loop)  # gone with its last mount
    fill(one, path, free)


def fill(one: Host, path: str, free: int) -> None:
    """Leave `free` KiB on it, to the last block; what ext4 sets aside for a write comes free with the sync after it."""
    large, small = f"cat /dev/zero >>{path}/.fill", f"while head -c 1024 /dev/zero >>{path}/.fill; do :; done"
    script = f"for n in 1 2; do {large}; sync; {small}; sync; done 2>/dev/null"
    one.inside("sh", "-c", f"{script}; truncate --size=-{free}K {path}/.fill; sync")


def make_room(one: Host, path: str) -> None:
    """Put what lies on it back where it was: a small file system does not outlive a reboot."""
    back = f"rm -f {path}/.fill; cp -a {path} /tmp/back; umount -l {path}; cp -a /tmp/back/. {path}/; rm -r /tmp/back"
    one.inside("sh", "-ec", back)
