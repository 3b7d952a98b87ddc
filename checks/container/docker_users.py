"""The users that the profile names are in the group docker, and may use it without sudo.

Being in it is being root on the host: docker run -v /:/host gives every file. So the profile names them, and nobody is
added by the way; others who are in it are left.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, ok, provision, skipped, warn
from checks.profiles import docker_users
from checks.profiles.profile import Profile

RESTS_ON: tuple[str, ...] = ()


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    if not profile.docker.users:
        yield skipped("not applicable: the profile names nobody for the group docker")
        return
    lacking = docker_users.lacking(facts, profile)
    if lacking:
        yield warn(
            f"not in the group docker: {', '.join(lacking)}",
            why="docker says to them: permission denied while trying to connect to the Docker daemon socket",
            evidence=f"getent group docker: {facts.docker.group or 'there is no such group'}",
            remedy=provision("docker_users"),
            when="next login",
        )
    else:
        yield ok(f"in the group docker: {', '.join(profile.docker.users)}", facts.docker.group or "")
