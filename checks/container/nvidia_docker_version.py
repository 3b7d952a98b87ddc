"""nvidia-docker 1.x is installed in the version that the profile asks for.

1.0.0 is known for a plugin that does not survive some driver libraries; 1.0.1 is the last of 1.x.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, fail, ok, provision, skipped
from checks.profiles import plugin
from checks.profiles.profile import Profile

RESTS_ON: tuple[str, ...] = ()


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    want = profile.nvidia_docker.version
    if not plugin.wanted(profile):
        yield skipped("not applicable: the profile asks for no nvidia-docker 1.x")
        return
    found = facts.nvidia_docker
    if plugin.to_install(facts, profile):
        yield fail(
            f"nvidia-docker {found.release} is here, and the profile asks for {want}"
            if found.installed
            else f"nvidia-docker {want} is not installed",
            why="containers that are started by it, or with its volume, do not run",
            evidence=f"{found.plugin} -v: {found.release}" if found.installed else "no nvidia-docker-plugin on PATH",
            remedy=provision("nvidia_docker"),
        )
    else:
        yield ok(f"nvidia-docker is {want}")
