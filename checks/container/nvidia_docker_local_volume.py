"""No volume of docker's own has the name of the plugin's driver volume.

A container started with -v NAME before the plugin was up makes docker create an empty one of that name; from then on
containers start well and find nothing in /usr/local/nvidia, and the plugin's volume cannot be made.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.volume import PREFIX
from checks.finding import Finding, by_hand, fail, ok, skipped
from checks.profiles.profile import Profile

RESTS_ON = ("docker_running",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    plugin = facts.nvidia_docker
    empty = [name for name, files in plugin.local if not files]
    if not plugin.installed:
        yield skipped("not applicable: nvidia-docker 1.x is not installed")
    elif plugin.local:
        name, files = plugin.local[0]
        what = "an empty volume" if empty else f"a volume of {files} files"
        yield fail(
            f"docker has {what} of its own named {name}",
            why="containers get that one for the driver's files, and the plugin cannot make its own of that name",
            evidence=f"/var/lib/docker/volumes/{name}: {files} files; docker volume ls: local {name}",
            remedy=by_hand(
                f"docker volume rm {name} (remove the containers that use it first), then "
                f"docker volume create -d nvidia-docker --name {name}"
            ),
        )
    else:
        yield ok(f"no volume of docker's own is named {PREFIX}*")
