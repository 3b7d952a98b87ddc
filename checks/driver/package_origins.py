"""All packages of the driver come from one maker: the distribution, NVIDIA's repository, or a PPA.

Each names and splits them in its own way. Mixed ones conflict at the next upgrade ("held broken packages") or replace
one another's files.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, ok, skipped, warn
from checks.profiles.profile import Profile

RESTS_ON = ("packages_configured",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    archive = facts.archive
    if archive is None:
        yield skipped("not applicable: this host has no apt")
        return
    makers: dict[str, list[str]] = {}
    for package in facts.packages.driver:
        if package.name in archive.packages:
            for maker in {release.origin or release.file for release in archive.origins(package.name, package.version)}:
                makers.setdefault(maker, []).append(package.name)
    if len(makers) < 2:
        yield ok(f"the driver comes from {next(iter(makers), 'no archive that is known here')}")
        return
    yield warn(
        f"the driver's packages come from {len(makers)} makers: {', '.join(sorted(makers))}",
        why="they conflict: an upgrade of some breaks the others",
        evidence="; ".join(f"{maker}: {', '.join(names[:3])}" for maker, names in sorted(makers.items())),
        remedy=by_hand(
            "keep one: remove the other's entries from /etc/apt, and reinstall the driver from the one that stays"
        ),
        when="next upgrade",
    )
