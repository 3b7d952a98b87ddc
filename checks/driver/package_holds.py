"""Either all packages of the driver are on hold, or none.

A hold keeps a version that works. On some of them only, it lets an upgrade replace the others, and mixes versions.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, ok, warn
from checks.profiles.profile import Profile

RESTS_ON = ("packages_configured",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    packages = facts.packages.driver
    held = [package.name for package in packages if package.held]
    if not held or len(held) == len(packages):
        yield ok(f"{len(held)} of the driver's {len(packages)} package(s) on hold")
        return
    free = [package.name for package in packages if not package.held]
    yield warn(
        f"{len(held)} of the driver's {len(packages)} packages are on hold, the others are not",
        why="an upgrade replaces those alone, and module and libraries then differ",
        evidence=f"on hold: {', '.join(held[:5])}; not: {', '.join(free[:5])}",
        remedy=by_hand(f"apt-mark hold {' '.join(free)}"),
        when="next upgrade",
    )
