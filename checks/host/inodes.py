"""There are inodes left on the file systems that a host fills.

Many small files use them up while df still shows space: programs then say "No space left on device".
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok, warn
from checks.profiles.profile import Profile

RESTS_ON = ()


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    low = [
        place
        for place in facts.mounts.filesystems
        if place.inodes and (place.inodes_free < 1000 or place.inodes_free / place.inodes < 0.03)
    ]
    for place in low:
        out = place.inodes_free < 1000
        said = f"df -i: {place.inodes_free} of {place.inodes} inodes free on {place.mounted}"
        remedy = by_hand(
            f"du --inodes -x --max-depth=3 {place.mounted} | sort -n | tail; then remove what is not needed"
        )
        why = 'no file can be made there: "No space left on device"'
        if out:
            yield fail(f"{place.mounted} has no inodes left", why=why, evidence=said, remedy=remedy)
        else:
            yield warn(
                f"{place.mounted} has few inodes left", why=why, evidence=said, remedy=remedy, when="last of them"
            )
    if not low:
        yield ok("there are inodes on every file system")
