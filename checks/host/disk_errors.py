"""No drive has failed to read or write since the host was booted.

The kernel says so when it has tried again for long: what reads there got an error, and a file system may turn
read-only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, ok, warn
from checks.profiles.profile import Profile

RESTS_ON = ("kernel_log",)
FAILED = re.compile(
    r"I/O error|critical medium error|nvme.*(I/O.*timeout|controller is down|removing after probe)|md/raid.*fail",
    re.IGNORECASE,
)
DRIVE = re.compile(r"\b(sd[a-z]+|nvme\d+(?:n\d+)?|md\d+|dm-\d+|vd[a-z])(?:p?\d+)?\b")
"""A drive by the kernel's name; the number of a partition is no part of it."""


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    lines = [line for line in facts.kernel_log.lines if FAILED.search(line.text)]
    drives = sorted({match[1] for line in lines if (match := DRIVE.search(line.text))})
    if not lines:
        yield ok("no drive failed to read or write")
        return
    yield warn(
        f"{len(lines)} error(s) of a drive" + (f": {', '.join(drives)}" if drives else ""),
        why="what was read or written there failed; the drive, its cable or its controller may be going",
        evidence=lines[-1].proof,
        remedy=by_hand(f"smartctl -a /dev/{drives[0] if drives else 'DRIVE'}; copy what is dear; replace the drive"),
    )
