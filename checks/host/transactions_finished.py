"""No transaction of the package manager was left unfinished.

After a power cut or a kill, dpkg and yum refuse other work until somebody lets them finish.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_command, by_hand, fail, ok
from checks.profiles.profile import Profile

RESTS_ON = ("packages_configured",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    left = facts.unfinished
    if not left or facts.package_lock:
        yield ok("one is just running" if left else "every transaction came to its end")
        return
    yield fail(
        "a transaction of the package manager was left unfinished",
        why="the package manager refuses other work until it is finished",
        evidence=f"{left[0]} exists, and nobody holds the lock",
        remedy=by_command("dpkg --configure -a")
        if left[0].startswith("/var/lib/dpkg/")
        else by_hand("yum-complete-transaction --cleanup-only"),
    )
