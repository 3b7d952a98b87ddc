"""Neither open files nor processes are near the kernel's limit.

At the limit nothing new starts: fork fails with "Resource temporarily unavailable", open with "Too many open files".
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok, warn
from checks.profiles.profile import Profile

RESTS_ON = ()


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    bad = False
    for what, (used, most), setting in (
        ("open files", facts.machine.files, "fs.file-max"),
        ("tasks", facts.machine.tasks, "kernel.pid_max and kernel.threads-max"),
    ):
        if not most or used < 0.8 * most:
            continue
        bad = True
        said = f"{used} of {most} {what}"
        remedy = by_hand(
            f"find who has them (ps -eLf | awk '{{print $1}}' | sort | uniq -c; lsof), and raise {setting}"
        )
        if used >= 0.95 * most:
            yield fail(
                f"{what} are used up", why="no program can start or open anything more", evidence=said, remedy=remedy
            )
        else:
            yield warn(
                f"{what} are nearly used up",
                why="soon no program can start or open anything more",
                evidence=said,
                remedy=remedy,
                when="last of them",
            )
    if not bad:
        yield ok("open files and tasks are far from their limits")
