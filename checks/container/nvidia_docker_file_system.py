"""The nvidia-docker plugin's volumes lie on the file system of the driver's files.

It makes hard links and nothing else, so with /var/lib on a partition of its own every volume fails: "invalid
cross-device link" in its journal, "internal error" from docker (NVIDIA/nvidia-docker issues 133 and 475).
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.nvidia_docker import FOLDER
from checks.finding import Finding, by_hand, fail, ok, provision, skipped
from checks.profiles import plugin as nvidia_docker
from checks.profiles.profile import Profile

RESTS_ON = ("driver_mismatch",)
ELSEWHERE = "/usr/local/nvidia-driver"


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    plugin = facts.nvidia_docker
    if nvidia_docker.makes_volume(profile):
        yield _managed(facts, profile)
        return
    if not plugin.installed:
        yield skipped("not applicable: nvidia-docker 1.x is not installed")
        return
    far = [file for file in facts.volume.files.values() if file.device != plugin.device]
    made = plugin.version(facts.modules["nvidia"].version)
    if far and not (made and made.links):
        yield fail(
            f"{plugin.volumes} is on another file system than the driver's files",
            why="the plugin makes hard links, and they cannot cross: invalid cross-device link",
            evidence=f"stat -c %d: {plugin.device} {plugin.volumes}, {far[0].device} {far[0].path}",
            remedy=by_hand(
                f"mkdir -p {ELSEWHERE}; chown {plugin.user}: {ELSEWHERE}; rmdir {plugin.volumes}; ln -s {ELSEWHERE} "
                f"{plugin.volumes} (on the driver's file system; no unit changes, the documented path stays)"
            ),
        )
    else:
        yield ok("copies fill the plugin's volume" if far else "the plugin's volumes can hold hard links")


def _managed(facts: Facts, profile: Profile) -> Finding:
    """Said before the volume is made, and before the plugin is there."""
    how = profile.nvidia_docker.volumes
    if nvidia_docker.needs_link(facts, profile):
        place, libraries = facts.disk.holding(FOLDER), facts.disk.holding("/usr/lib")
        return fail(
            f"{FOLDER} is on another file system than the driver's files",
            why="the plugin makes hard links, and they cannot cross: invalid cross-device link",
            evidence=f"{place.path} is on {place.filesystem} ({place.mounted}), {libraries.path} on "
            f"{libraries.filesystem} ({libraries.mounted})",
            remedy=provision("driver_volume"),
        )
    if nvidia_docker.links_fail(facts):
        return ok(f"{FOLDER} is on another file system than the driver's files; nvidia_docker.volumes = {how} helps")
    return ok("the plugin's volumes can hold hard links")
