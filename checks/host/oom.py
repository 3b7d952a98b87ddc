"""The host has not run out of memory since it was booted.

The kernel then kills the program that it thinks can best be spared: a training job, or the daemon that all containers
hang from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, ok, warn
from checks.profiles.profile import Profile

RESTS_ON = ("kernel_log",)
DAY = 24 * 3600
KILLED = re.compile(r"out of memory: kill|memory cgroup out of memory|oom-kill:", re.IGNORECASE)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    lines = [line for line in facts.kernel_log.lines if KILLED.search(line.text)]
    recent = [line for line in lines if line.at is None or facts.kernel_log.up - line.at < DAY]
    if not recent:
        yield ok("nothing was killed for want of memory" + (" in the last day" if lines else ""))
        return
    yield warn(
        f"{len(recent)} program(s) killed for want of memory in the last day",
        why="a job that dies so looks like one that failed by itself; a daemon may be missing",
        evidence=recent[-1].proof,
        remedy=by_hand("give the job a memory limit of its own; look for what keeps growing: ps aux --sort -rss"),
    )
