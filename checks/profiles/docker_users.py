"""The users that the profile wants in the group docker, and those who are not in it yet."""

from __future__ import annotations

from checks.facts import Facts
from checks.profiles.profile import Profile

ROOT = "whoever is in the group docker is root on this host: docker run -v /:/host gives them every file"


def lacking(facts: Facts, profile: Profile) -> tuple[str, ...]:
    """Those who are not in it; `Unknown` where it was not asked who is."""
    if not profile.docker.users:
        return ()
    members = facts.docker.members
    return tuple(user for user in profile.docker.users if user not in members)
