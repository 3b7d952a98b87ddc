"""apt trusts each archive by one key file only.

Two entries for one archive that name different files, or none, make apt refuse to read any list at all: "Conflicting
values set for option Signed-By" (NVIDIA/nvidia-container-toolkit issue 170, NVIDIA/nvidia-docker issue 1626).
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok, provision, skipped
from checks.profiles import old_sources
from checks.profiles.profile import Profile

RESTS_ON = ()


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    if not facts.sources.apt:
        yield skipped("not applicable: this host has no apt")
        return
    found = old_sources.conflicts(facts, profile)
    for each in found:
        files = {key: entries[-1].file for key, entries in each.keys.items()}
        mendable = any(old_sources.mendable(facts, profile, entry) for entry in each.off)
        yield fail(
            f"two entries for {each.uri} {each.suite} name different keys",
            why='apt refuses all work: "Conflicting values set for option Signed-By"',
            evidence="; ".join(f"{file}: {signed or 'no Signed-By'}" for signed, file in files.items()),
            remedy=provision("old_sources")
            if mendable
            else by_hand(f"keep one key for {each.uri}: take the other entry out of {' or '.join(files.values())}"),
        )
    if not found:
        yield ok("each archive is trusted by one key file")
