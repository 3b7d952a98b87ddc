"""/boot has room for the initramfs of the next kernel, where it is a file system of its own.

Otherwise the next kernel upgrade, or the rebuild that takes nouveau out, fails half way and leaves dpkg unconfigured.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, ok, warn
from checks.profiles.profile import Profile

RESTS_ON = ()
MIB = 1024 * 1024
_KERNEL = 15 * MIB
"""What a kernel and its System.map take beside the initramfs."""


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    place = facts.mounts.places.get("/boot")
    if place is None or place.mounted != "/boot":
        yield ok("/boot is no file system of its own")
        return
    if not facts.mounts.initramfs:
        yield ok("no initramfs lies in /boot")
        return
    need = facts.mounts.initramfs * 12 // 10 + _KERNEL
    said = f"{place.free // MIB} MiB free on /boot; the largest initramfs has {facts.mounts.initramfs // MIB} MiB"
    if place.free >= need:
        yield ok(f"the next kernel fits into /boot: {said}")
        return
    yield warn(
        "/boot has no room for the next kernel and its initramfs",
        why="update-initramfs fails with no space left, and dpkg stays half configured",
        evidence=said,
        remedy=by_hand("apt autoremove --purge, or dnf remove --oldinstallonly: old kernels go, the running one stays"),
        when="next kernel upgrade",
    )
