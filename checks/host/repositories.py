"""The package repositories that the profile names are offered to the package manager, each with its key.

Without them the driver, docker and what else the profile pins cannot be installed, and what came from them gets no
updates.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, ok, provision, skipped, warn
from checks.profiles import repositories
from checks.profiles.profile import Profile

RESTS_ON = ("packages_configured", "gpu_on_bus", "gpu_supported")


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    wanted = repositories.wanted(facts, profile)
    if not wanted:
        yield skipped("not applicable: the profile names no repository for this release")
        return
    lacking = repositories.lacking(facts, profile)
    for each in lacking:
        yield warn(
            f"the repository {each.name} is not offered",
            why="what the profile takes from it cannot be installed",
            evidence=f"no enabled entry for {each.url} with the key {each.fingerprint[-16:]}",
            remedy=provision("repositories"),
            subject=each.name,
        )
    if not lacking:
        yield ok(f"{', '.join(each.name for each in wanted)} offered")
