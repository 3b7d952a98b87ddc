"""There is space on the file systems that a host fills: its root, /var, and those of docker, containerd and kubelet.

A full one stops packages half way, keeps services from starting and containers from being made.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok, warn
from checks.profiles.profile import Profile

RESTS_ON = ("read_only",)
MIB = 1024 * 1024


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    bad = False
    for place in facts.mounts.filesystems:
        mount = facts.mounts.mounts.get(place.mounted)
        if (
            not place.size
            or place.mounted.startswith("/boot")
            or (mount and (mount.read_only or mount.type == "tmpfs"))
        ):
            continue
        share = place.free / place.size
        said = f"{place.free // MIB} MiB of {place.size // MIB} MiB free on {place.mounted}"
        remedy = by_hand(
            f"du -xh --max-depth=2 {place.mounted} | sort -h | tail; docker system df; journalctl --disk-usage"
        )
        if place.free < 100 * MIB or (share < 0.01 and place.free < 1024 * MIB):
            bad = True
            yield fail(
                f"{place.mounted} is full",
                why="what writes there fails: packages, logs, containers",
                evidence=said,
                remedy=remedy,
            )
        elif share < 0.05 and place.free < 10 * 1024 * MIB:
            bad = True
            yield warn(
                f"{place.mounted} is nearly full",
                why="what writes there will fail: packages, logs, containers",
                evidence=said,
                remedy=remedy,
                when="last of its space",
            )
    if not bad:
        yield ok("there is space on every file system")
