"""The driver volume can be filled: by hard links where docker's data lies on the driver's file system, else by copies.

A /var/lib that is a partition of its own makes hard links impossible ("invalid cross-device link"): the volume plugin
of nvidia-docker 1.0 then fails with "internal error" (NVIDIA/nvidia-docker issues 133 and 475). Copies need space.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok
from checks.profiles import wants
from checks.profiles.profile import Profile

RESTS_ON = ("gpu_on_bus", "gpu_supported")

_MIB = 1024 * 1024


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    place = facts.disk.holding(facts.docker.root or "/var/lib/docker")
    evidence = f"{place.path} is on {place.filesystem}, mounted at {place.mounted}; {place.free // _MIB} MiB free"
    needed = facts.volume.bytes
    complete = "nvidia" in facts.modules and facts.docker.running and wants.volume_is_complete(facts)
    if profile.volume_method == "link" and not wants.links_possible(facts):
        yield fail(
            f"{place.path} is a file system of its own, and the profile asks for hard links",
            why="link(2) cannot cross file systems: the driver volume cannot be made this way",
            evidence=evidence,
            remedy=by_hand('set driver_volume.method = "auto" in the profile, which copies here'),
        )
    elif not wants.volume_by_copy(facts, profile):
        yield ok("the driver volume can hold hard links: one file system", evidence)
    elif not complete and place.free < needed:
        yield fail(
            f"no space for the driver volume: {needed // _MIB} MiB of copies, {place.free // _MIB} MiB free",
            why="hard links cannot cross file systems, so the volume needs copies of the driver's files",
            evidence=evidence,
            remedy=by_hand(f"free some space on {place.mounted}"),
        )
    else:
        yield ok(f"{place.path} is a file system of its own: the driver volume holds copies", evidence)
