"""What the nvidia-docker plugin writes to belongs to the user that it runs as.

Else its socket cannot be made ("bind: permission denied"), or no volume ("mkdir ...: permission denied"), and a volume
cannot be removed again.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.nvidia_docker import FOLDER, USER
from checks.finding import Finding, by_command, fail, ok, provision, skipped
from checks.profiles import plugin as nvidia_docker
from checks.profiles.profile import Profile

RESTS_ON: tuple[str, ...] = ()


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    plugin = facts.nvidia_docker
    if not plugin.installed or plugin.user == "root":
        yield skipped("not applicable: nvidia-docker 1.x is not installed, or runs as root")
        return
    if nvidia_docker.wanted(profile) and not plugin.account:
        yield fail(
            f"there is no user {USER}",
            why="the unit of the nvidia-docker plugin runs as it, and does not start without it",
            evidence=f"id {USER}: no such user",
            remedy=provision("nvidia_docker"),
        )
    elif wrong := nvidia_docker.misowned(plugin):
        path, owner = wrong[0]
        yield fail(
            f"{path} belongs to {owner}, and the plugin runs as {plugin.user}",
            why="the plugin cannot make its socket or its volumes there: permission denied",
            evidence=f"stat: {owner} {path}; systemctl show: User={plugin.user}",
            remedy=provision("nvidia_docker")
            if nvidia_docker.wanted(profile)
            else by_command(f"chown {plugin.user}: {path}", f"chown {owner}: {path}"),
        )
    else:
        yield ok(f"{FOLDER} belongs to {plugin.user}")
