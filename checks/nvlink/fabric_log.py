"""The fabric manager has complained of no switch, GPU or topology since the host was booted.

Its log is where an NVSwitch's errors and GPUs that it cannot find are told of; "nothing to do" there means no more than
that the host has no NVSwitch.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.facts import Facts, nvlink
from checks.finding import Finding, by_hand, fail, ok, skipped, warn
from checks.profiles.profile import Profile

RESTS_ON = ("fabric_manager", "sxid")
FATAL = re.compile(r"NVSwitch fatal error|don't match with any supported system topology", re.IGNORECASE)
OTHER = re.compile(r"NVSwitch non-fatal error|failed to find the GPU handle", re.IGNORECASE)
"""Its texts as gpud's log matcher has them (fabric-manager/log_matcher.go)."""


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    if not nvlink.switches(facts.pci):
        yield skipped("not applicable: no NVSwitch on the bus")
        return
    lines = facts.fabric.since(facts.host.time - facts.kernel.up)
    fatal = [line for line in lines if FATAL.search(line)]
    other = [line for line in lines if OTHER.search(line)]
    if fatal:
        yield fail(
            "the fabric manager reports a fatal error",
            why="GPUs do not reach each other; jobs over several of them fail",
            evidence=fatal[-1],
            remedy=by_hand("drain the host and reboot it; if it comes again, have the board looked at"),
        )
    elif other:
        yield warn(
            f"the fabric manager reports {len(other)} error(s) that are not fatal",
            why="a job over several GPUs may have failed; the fabric goes on",
            evidence=other[-1],
            remedy=by_hand("nvidia-smi nvlink -e; if it comes again, have the board looked at"),
        )
    else:
        yield ok("the fabric manager complains of nothing")
