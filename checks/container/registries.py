"""The registries that docker is told to trust without TLS are named as docker reads them: a host, no address with ://.

Docker drops the scheme with a warning, or refuses to start, so the registry that was meant stays untrusted.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.docker_config import PATH
from checks.finding import Finding, by_hand, ok, warn
from checks.profiles.profile import Profile

RESTS_ON = ("daemon_json",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    named = facts.docker_config.settings.get("insecure-registries")
    wrong = [str(name) for name in named if "://" in str(name)] if isinstance(named, list) else []
    if wrong:
        yield warn(
            f"insecure-registries names {wrong[0]}, with its scheme",
            why="docker wants host:port; pulls from it then fail with: server gave HTTP response to HTTPS client",
            evidence=f"{PATH}: {', '.join(wrong)}",
            remedy=by_hand(f"write {wrong[0].partition('://')[2].rstrip('/')} in {PATH}, restart docker"),
        )
    else:
        yield ok("registries are named as docker reads them")
