"""The nvidia-docker plugin has the capability to hard-link files that are not its own.

Copying the program loses it; the plugin starts and answers all the same, and only making a volume fails: "operation not
permitted" in its journal, "internal error" from docker.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_command, fail, ok, provision, skipped
from checks.profiles import plugin as nvidia_docker
from checks.profiles.profile import Profile

RESTS_ON: tuple[str, ...] = ()


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    plugin = facts.nvidia_docker
    if not plugin.installed or plugin.user == "root" or not plugin.protected or plugin.caps is None:
        yield skipped("not applicable: no nvidia-docker 1.x here that needs a capability")
    elif "cap_fowner" not in plugin.caps:
        set_it = f"setcap cap_fowner+pe {plugin.plugin} && systemctl restart nvidia-docker"
        yield fail(
            "the nvidia-docker plugin has lost its capability cap_fowner",
            why="it cannot link the driver's files into a volume: operation not permitted",
            evidence=f"getcap {plugin.plugin}: {plugin.caps or 'nothing'}; protected_hardlinks, User={plugin.user}",
            remedy=provision("nvidia_docker")
            if nvidia_docker.wanted(profile)
            else by_command(set_it, f"setcap -r {plugin.plugin}"),
        )
    else:
        yield ok("the nvidia-docker plugin has cap_fowner")
