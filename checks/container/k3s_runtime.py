"""The containerd of k3s and rke2 has NVIDIA's runtime, which they look for when they start, and the profile's default.

Without it pods of the RuntimeClass nvidia do not start: no runtime for "nvidia" is configured.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, fail, ok, provision, skipped
from checks.profiles import k3s_settings
from checks.profiles.profile import Profile

RESTS_ON = ("toolkit_versions",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    if not k3s_settings.asked(profile) or not k3s_settings.here(facts):
        yield skipped("not applicable: there is no k3s or rke2, or the profile asks for no container toolkit")
        return
    found = k3s_settings.lacking(facts, profile)
    for one, why in found:
        yield fail(
            f"the containerd of {one.name} is not as the profile asks",
            why="pods of the RuntimeClass nvidia do not start, or get no GPU",
            evidence=why,
            remedy=provision("k3s"),
        )
    if not found:
        yield ok(f"{', '.join(one.name for one in k3s_settings.here(facts))} has NVIDIA's runtime")
