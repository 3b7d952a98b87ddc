"""nvidia-docker 1.x is gone where the profile has moved on to the container toolkit.

Two ways to the GPUs side by side: a container made by the old one holds the files of the driver that it was made with,
and stops working at the next driver; docker waits 15 s for a plugin that no longer answers.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, ok, provision, skipped, warn
from checks.profiles import old_stack
from checks.profiles.profile import Profile

RESTS_ON: tuple[str, ...] = ()


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    if not old_stack.asked(profile):
        yield skipped("not applicable: the profile does not want nvidia-docker 1.x gone")
    elif remains := old_stack.remains(facts):
        yield warn(
            f"nvidia-docker 1.x is still here: {remains[0]}",
            why="its containers hold the files of one driver, and end with that; the container toolkit replaces it",
            evidence="; ".join(remains),
            remedy=provision("old_stack"),
            when="next driver",
        )
    else:
        yield ok("nothing of nvidia-docker 1.x is here")
