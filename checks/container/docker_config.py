"""/etc/docker/daemon.json holds what the profile asks for: its own keys, and those of NVIDIA's container toolkit.

Other keys are nobody's business. Without it docker runs all the same, but not as this site wants its hosts, or knows no
runtime with GPUs.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.docker_config import PATH
from checks.finding import Finding, fail, ok, provision, skipped
from checks.profiles import docker_settings, wants
from checks.profiles.profile import Profile

RESTS_ON = ("docker_running",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    if not docker_settings.asked(profile):
        yield skipped(f"not applicable: the profile asks for nothing in {PATH}")
        return
    if wants.without_docker(facts, profile):
        yield skipped("not applicable: there is no docker, and the profile asks for none")
        return
    found = docker_settings.lacking(facts, profile)
    names = ", ".join(".".join(difference.path) for difference in found)
    if found:
        yield fail(
            f"{PATH} lacks what the profile asks for: {names}",
            why="docker runs otherwise than this host's profile says",
            evidence="; ".join(map(docker_settings.said, found)),
            remedy=provision("docker_config"),
        )
    else:
        yield ok(f"{PATH} holds what the profile asks for")
