"""The driver is of the version that the profile expects, so that it is one in the whole cluster.

A job over hosts with different drivers fails on some of them, or only sometimes.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, ok, skipped, warn
from checks.profiles.profile import Profile

RESTS_ON = ("driver_loaded",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    want, have = profile.expect.driver, facts.modules["nvidia"].version
    if not want:
        yield skipped("not applicable: the profile does not name a version (expect.driver)")
    elif f"{have}.".startswith(f"{want}."):
        yield ok(f"driver {have}, as expected ({want})")
    else:
        yield warn(
            f"driver {have}, {want} expected",
            why="jobs over several hosts meet different drivers, and fail on some of them",
            evidence=f"/sys/module/nvidia/version: {have}; the profile: expect.driver = {want!r}",
            remedy=by_hand(f"apt-cache policy or dnf --showduplicates list: install {want}, or mend the profile"),
        )
