"""Every package is configured: no run of dpkg was cut off half way.

Otherwise apt refuses to install anything more, and a driver may be unpacked without its module being built.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, fail, ok, provision
from checks.profiles.profile import Profile

RESTS_ON = ()


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    half = facts.packages.half_done
    if not half:
        yield ok("no package is half installed")
        return
    first = half[0]
    yield fail(
        f"{len(half)} package{'s are' if len(half) > 1 else ' is'} half installed: "
        + ", ".join(package.name for package in half[:5]),
        why="an interrupted dpkg leaves packages unpacked or unconfigured, and apt then refuses all other work",
        evidence=f"dpkg-query: {first.state} {first.name} {first.version}",
        remedy=provision("packages"),
    )
