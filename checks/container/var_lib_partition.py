"""The driver volume can be filled: by hard links where docker's data lies on the driver's file system, else by copies.

A /var/lib that is a partition of its own makes hard links impossible ("invalid cross-device link"): the volume plugin
of nvidia-docker 1.0 then fails with "internal error" (NVIDIA/nvidia-docker issues 133 and 475). Copies need space.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok, skipped
from checks.profiles import plugin, wants
from checks.profiles.profile import Profile

RESTS_ON = ("gpu_on_bus", "gpu_supported")


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    if plugin.makes_volume(profile):
        yield skipped("not applicable: nvidia-docker's plugin makes the volume (nvidia_docker_file_system)")
        return
    place = facts.disk.holding(facts.docker.root or "/var/lib/docker")
    evidence = f"{place.path} is on {place.filesystem}, mounted at {place.mounted}; {place.free // wants.MIB} MiB free"
    obstacle = wants.volume_obstacle(facts, profile)
    if obstacle:
        yield fail(
            obstacle,
            why="hard links cannot cross file systems, so the driver volume can only be filled with copies here",
            evidence=evidence,
            remedy=by_hand(f"free space on {place.mounted}, and let driver_volume.method be auto in the profile"),
        )
    elif wants.volume_by_copy(facts, profile):
        yield ok(f"{place.path} is a file system of its own, or the profile says so: copies fill the volume", evidence)
    else:
        yield ok("the driver volume can hold hard links: one file system", evidence)
