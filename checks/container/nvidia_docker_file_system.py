"""The nvidia-docker plugin's volumes lie on the file system of the driver's files.

It makes hard links and nothing else, so with /var/lib on a partition of its own every volume fails: "invalid
cross-device link" in its journal, "internal error" from docker (NVIDIA/nvidia-docker issues 133 and 475).
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok, skipped
from checks.profiles.profile import Profile

RESTS_ON = ("driver_mismatch",)
ELSEWHERE = "/usr/local/nvidia-driver"


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    plugin = facts.nvidia_docker
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
