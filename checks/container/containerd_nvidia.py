"""containerd knows the runtime that the profile asks for; the rest of its configuration is nobody's business.

A pod whose RuntimeClass names a runtime that containerd lacks does not start: no runtime for "nvidia" is configured.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, fail, ok, provision, skipped
from checks.profiles import containerd_settings
from checks.profiles.profile import Profile

RESTS_ON = ("containerd_config",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    if not containerd_settings.asked(facts, profile):
        yield skipped("not applicable: the profile asks for no runtime of containerd's, or there is no containerd")
        return
    found = containerd_settings.lacking(facts, profile)
    path = containerd_settings.target(facts.cri)
    if found:
        yield fail(
            f"{path} lacks what the profile asks for: {', '.join(each.path[-1] for each in found)}",
            why="pods of the RuntimeClass nvidia do not start, or get no GPU",
            evidence="; ".join(map(containerd_settings.said, found)),
            remedy=provision("containerd"),
        )
    else:
        yield ok(f"{path} holds what the profile asks for")
