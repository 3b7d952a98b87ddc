"""Each repository that the profile names is offered by one file, and no other where it wants none.

cuda-keyring and docker's packages bring entries of their own, beside those that somebody wrote: with one key they are a
warning of apt's at each call, and with another key, or without one, apt refuses all work.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.sources import Repository, Source
from checks.finding import Finding, by_hand, ok, provision, skipped, warn
from checks.profiles import old_sources, repositories
from checks.profiles.profile import Profile

RESTS_ON = ()


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    if not repositories.wanted(facts, profile):
        yield skipped("not applicable: the profile names no repository for this release")
        return
    found = old_sources.twice(facts, profile)
    for each in found:
        files = tuple(dict.fromkeys(entry.file for entry in each.off))
        yield warn(
            f"the repository {each.name} is also offered by {', '.join(files)}",
            why="packages come from whichever is newer at the time, and a key that is changed in one breaks both",
            evidence=f"{each.url} in {', '.join(files)}",
            remedy=provision("old_sources")
            if any(old_sources.mendable(facts, profile, entry) for entry in each.off)
            else by_hand(f"take it out of {', '.join(files)}"),
            subject=each.name,
        )
    others = old_sources.others(facts, profile)
    if others:
        files = tuple(dict.fromkeys(entry.file for entry in others))
        yield warn(
            f"sources that the profile does not name are on: {', '.join(files)}",
            why="the profile wants none (sources.others): a host without a way out waits for each of them",
            evidence=f"{files[0]}: {_where(others[0])}",
            remedy=provision("old_sources")
            if any(old_sources.mendable(facts, profile, entry) for entry in others)
            else by_hand(f"take them out of {', '.join(files)}"),
        )
    if not found and not others:
        yield ok("each repository of the profile is offered by one file")


def _where(entry: Source | Repository) -> str:
    return entry.uri if isinstance(entry, Source) else entry.id
