"""CRI-O knows the runtime that the profile asks for; the rest of its configuration is nobody's business.

A pod whose RuntimeClass names a runtime that CRI-O lacks does not start: failed to find runtime handler.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, fail, ok, provision, skipped
from checks.profiles import crio_settings
from checks.profiles.docker_settings import said
from checks.profiles.profile import Profile

RESTS_ON = ("crio_config",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    if not crio_settings.runtime(profile) or not crio_settings.here(facts):
        yield skipped("not applicable: the profile asks for no runtime of CRI-O's, or there is no CRI-O")
        return
    found = crio_settings.lacking(facts, profile)
    path = crio_settings.target(facts.cri)
    if found:
        yield fail(
            f"{path} lacks what the profile asks for: {', '.join(each.path[-1] for each in found)}",
            why="pods of the RuntimeClass nvidia do not start, or get no GPU",
            evidence="; ".join(map(said, found)),
            remedy=provision("crio"),
        )
    else:
        yield ok("CRI-O has the runtime that the profile asks for")
