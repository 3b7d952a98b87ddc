"""The docker volume nvidia_driver_<version> exists for the loaded driver, and holds every file of it.

Containers get the driver's libraries from it. One of an older driver, or a half-filled one, gives them a library that
does not fit the kernel module.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.volume import PREFIX
from checks.finding import Finding, fail, ok, provision, skipped
from checks.profiles import plugin
from checks.profiles.profile import Profile

RESTS_ON = ("driver_mismatch", "docker_running", "nvidia_docker_spec", "var_lib_partition")


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    if profile.driver_volume.method == "none":
        yield skipped("not applicable: the profile asks for no driver volume")
        return
    if plugin.installed(facts) or plugin.makes_volume(profile):
        yield skipped("not applicable: nvidia-docker 1.x's plugin makes the driver volumes")
        return
    version = facts.modules["nvidia"].version
    volume = facts.volume.named(version)
    if volume is None:
        yield fail(
            f"there is no volume {PREFIX}{version}",
            why="containers have no driver libraries of the loaded version",
            evidence=f"docker volume ls: {', '.join(v.name for v in facts.volume.volumes or ()) or 'none of ours'}",
            remedy=provision("driver_volume"),
        )
    elif lacking := facts.volume.lacking(volume):
        yield fail(
            f"volume {volume.name} lacks {len(lacking)} of {len(facts.volume.files)} driver files",
            why="programs in containers miss a library, or get one of another version",
            evidence=f"{volume.root}/{lacking[0]} is missing or differs",
            remedy=provision("driver_volume"),
        )
    else:
        yield ok(f"volume {volume.name} holds {len(volume.files)} files")
