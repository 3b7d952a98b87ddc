"""The memory controllers have counted no error that they could not correct, and few that they could.

An error that could not be corrected has changed data or killed a program; many corrected ones announce one.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok, warn
from checks.profiles.profile import Profile

RESTS_ON = ()
MANY = 1000


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    bad = [bank for bank in facts.machine.memory if bank.uncorrected or bank.corrected > MANY]
    for bank in bad:
        said = f"/sys/devices/system/edac/mc/{bank.name}: ue_count {bank.uncorrected}, ce_count {bank.corrected}"
        remedy = by_hand("edac-util -v, or ras-mc-ctl --errors, names the module: drain the host and have it replaced")
        if bank.uncorrected:
            yield fail(
                f"{bank.uncorrected} memory error(s) that could not be corrected",
                why="data was lost or a program died",
                evidence=said,
                remedy=remedy,
                subject=bank.name,
            )
        else:
            yield warn(
                f"{bank.corrected} corrected memory errors since boot",
                why="a module that errs this often fails soon",
                evidence=said,
                remedy=remedy,
                subject=bank.name,
            )
    if not bad:
        yield ok(f"{len(facts.machine.memory)} memory controller(s) report no errors that matter")
