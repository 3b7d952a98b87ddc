"""With `driver.hold`, the driver's packages and those that follow new kernels are on hold, as they are now.

An upgrade replaces the driver's libraries under the loaded module, or brings a kernel that its module is not built for.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, ok, provision, skipped, warn
from checks.profiles import holds
from checks.profiles.profile import Profile

RESTS_ON = ("packages_configured",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    if not profile.driver.hold:
        yield skipped("not applicable: the profile holds nothing")
        return
    found = tuple(holds.reasons(facts, profile))
    if not found:
        yield ok(f"{len(holds.kept(facts, profile))} package(s) of the driver and the kernel are on hold")
        return
    why = holds.obstacle(facts, profile)
    yield warn(
        "; ".join(found),
        why="an upgrade replaces the driver under its module, or the kernel under the driver",
        evidence=_evidence(facts),
        remedy=by_hand(why) if why else provision("holds"),
        when="next upgrade",
    )


def _evidence(facts: Facts) -> str:
    if facts.os.family == "apt":
        return (
            f"apt-mark showhold: {' '.join(each.name for each in facts.packages.by_name.values() if each.held) or '-'}"
        )
    return f"versionlock: {facts.holds.plugin or 'not there'}; locked: {len(facts.holds.locked)}"
