"""The file systems that a host writes to can be written: / and /var are not mounted read-only.

A kernel that meets an error on a disk remounts it read-only (errors=remount-ro); everything that writes then fails.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok
from checks.profiles.profile import Profile

RESTS_ON = ()
_MEANT = ("squashfs", "erofs", "iso9660", "cramfs")


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    bad = [
        mount
        for mount in facts.mounts.mounts.values()
        if mount.read_only and mount.type not in _MEANT and _needed(mount.path)
    ]
    for mount in bad:
        yield fail(
            f"{mount.path} is mounted read-only",
            why="logs, packages, containers and the driver's own files can no longer be written",
            evidence=f"/proc/mounts: {mount.path} {mount.type} {','.join(mount.options)}",
            remedy=by_hand("read the kernel log for errors of its disk (dmesg), check the file system, and reboot"),
        )
    if not bad:
        yield ok("/ and /var can be written")


def _needed(path: str) -> bool:
    return path in ("/", "/var", "/var/lib", "/var/log", "/var/lib/docker", "/var/lib/kubelet", "/var/lib/containerd")
