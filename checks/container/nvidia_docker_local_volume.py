"""No volume of docker's own has the name of the plugin's driver volume.

A container started with -v NAME before the plugin was up makes docker create an empty one of that name; from then on
containers start well and find nothing in /usr/local/nvidia, and the plugin's volume cannot be made.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.volume import PREFIX
from checks.finding import Finding, by_hand, fail, ok, provision, skipped, warn
from checks.profiles import plugin as nvidia_docker
from checks.profiles.profile import Profile

RESTS_ON = ("docker_running",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    plugin = facts.nvidia_docker
    if not plugin.installed:
        yield skipped("not applicable: nvidia-docker 1.x is not installed")
    for name, files in plugin.local if plugin.installed else ():
        evidence = f"/var/lib/docker/volumes/{name}: {files} files; docker volume ls: local {name}"
        loaded = name == f"{PREFIX}{facts.modules['nvidia'].version}" if "nvidia" in facts.modules else False
        remedy = (
            provision("driver_volume")
            if loaded and nvidia_docker.makes_volume(profile) and nvidia_docker.fills(facts, profile)
            else by_hand(
                f"docker volume rm {name} (remove the containers that use it first), then "
                f"docker volume create -d nvidia-docker --name {name}"
            )
        )
        if files:
            yield warn(
                f"docker has a volume of its own named {name}",
                why="it holds files, but the plugin cannot make its own of that name, nor bring it up to date",
                evidence=evidence,
                remedy=remedy,
            )
        else:
            yield fail(
                f"docker has an empty volume of its own named {name}",
                why="containers find nothing where the driver's files should be, and the plugin cannot make its own",
                evidence=evidence,
                remedy=remedy,
            )
    if plugin.installed and not plugin.local:
        yield ok(f"no volume of docker's own is named {PREFIX}*")
