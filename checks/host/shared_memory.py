"""/dev/shm is there, is not tiny, and is not full.

NCCL and data loaders put their buffers there, also those of containers that run with --ipc=host; they die with a bus
error when it is full.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_command, by_hand, ok, warn
from checks.profiles.profile import Profile

RESTS_ON = ()
MIB = 1024 * 1024


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    place = facts.mounts.places.get("/dev/shm")
    why = 'programs that share memory die: "Bus error", "unhandled system error" (NCCL)'
    if place is None or place.mounted != "/dev/shm":
        yield warn(
            "/dev/shm is not mounted",
            why=why,
            evidence="/proc/mounts has no /dev/shm",
            remedy=by_command("mount -t tmpfs -o nosuid,nodev tmpfs /dev/shm", undo="umount /dev/shm"),
        )
        return
    said = f"{place.free // MIB} MiB of {place.size // MIB} MiB free"
    if place.size and place.free / place.size < 0.05:
        yield warn(
            "/dev/shm is full",
            why=why,
            evidence=said,
            remedy=by_hand("ls -lt /dev/shm: remove what no program has open"),
        )
    elif 0 < place.size < 1024 * MIB:
        yield warn(
            "/dev/shm is small",
            why=why,
            evidence=said,
            remedy=by_command(
                "mount -o remount,size=50% /dev/shm", undo=f"mount -o remount,size={place.size // 1024}k /dev/shm"
            ),
        )
    else:
        yield ok(f"/dev/shm: {said}")
