"""Processor and memory of the host report no hardware error.

A machine check is the processor's own report of an error in itself, in memory or on the bus; EDAC's is the memory
controller's. One that could not be corrected has crashed a program or will crash the host.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok, warn
from checks.profiles.profile import Profile

RESTS_ON = ("kernel_log",)
MANY = 10
FATAL = re.compile(
    r"uncorrect|fatal|\bUE\b|context corrupt|machine check(?: exception)?: |severity: recoverable", re.IGNORECASE
)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    lines = facts.kernel_log.matching(r"hardware error|machine check|EDAC .*\b[CU]E\b")
    fatal = [line for line in lines if FATAL.search(line.text)]
    if fatal:
        yield fail(
            f"{len(fatal)} hardware error(s) that were not corrected",
            why="what was in the bad place is wrong or lost; the host may stop at any time",
            evidence=fatal[0].proof,
            remedy=by_hand(
                "drain the host; read the BMC's event log (ipmitool sel list): it names the part to replace"
            ),
        )
    elif len(lines) >= MANY:
        yield warn(
            f"{len(lines)} corrected hardware errors",
            why="a part that needs so many corrections fails before long",
            evidence=lines[-1].proof,
            remedy=by_hand("read the BMC's event log (ipmitool sel list): it names the module to replace"),
        )
    else:
        yield ok("no hardware error that was not corrected")
