"""No processor has hung in the kernel since the host was booted.

A soft lockup is a processor that did nothing else for twenty seconds; a hard one did not even take interrupts. Tasks
that were blocked for minutes are the same from the other side.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, ok, warn
from checks.profiles.profile import Profile

RESTS_ON = ("kernel_log",)
HUNG = re.compile(
    r"soft lockup|hard lockup|watchdog: .*lockup|blocked for more than|rcu.*detected stall", re.IGNORECASE
)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    lines = [line for line in facts.kernel_log.lines if HUNG.search(line.text)]
    if not lines:
        yield ok("no processor and no task hung")
        return
    by_driver = any("nvidia" in line.text.lower() for line in lines)
    yield warn(
        f"{len(lines)} time(s) a processor or a task hung in the kernel",
        why="everything that needed it stood still; a GPU that lost its driver's attention may have lost its job",
        evidence=lines[0].proof,
        remedy=by_hand(
            "the driver was in it: keep nvidia-bug-report.sh's output, and see the Xids before it"
            if by_driver
            else "read on from there: dmesg | grep -A 30 -e lockup -e 'blocked for'"
        ),
    )
