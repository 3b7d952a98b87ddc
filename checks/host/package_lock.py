"""Nobody holds the package manager's lock.

While somebody does, all else that installs waits or fails ("Could not get lock /var/lib/dpkg/lock-frontend"), and
what is installed changes under the doctor's eyes. The lock is waited for, never removed.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, ok, warn
from checks.profiles.profile import Profile

RESTS_ON = ()
STUCK = 3600
"""Seconds after which a transaction probably waits for somebody's answer."""


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    holders = facts.package_lock
    if not holders:
        yield ok("nobody holds the package manager's lock")
        return
    holder = max(holders, key=lambda each: each.age)
    stuck = holder.age > STUCK
    program = holder.command.partition(" ")[0] or "a process"
    yield warn(
        f"{program} has held the package manager's lock for {_span(holder.age)}",
        why="nothing can be installed until it ends" + (", and it may be waiting for an answer" if stuck else ""),
        evidence=f"{holder.file}: pid {holder.pid}, {holder.command}",
        remedy=by_hand(f"see what it waits for: ps -fp {holder.pid}; /var/log/apt/term.log" if stuck else "let it end"),
    )


def _span(seconds: int) -> str:
    if seconds < 120:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 7200 else f"{seconds // 3600} h"
