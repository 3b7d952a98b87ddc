"""The network adapters' driver complains of nothing.

An adapter that gets too little power from its slot, or does not answer its registers, drops packets or leaves the
network later.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, ok, warn
from checks.profiles.profile import Profile

RESTS_ON = ("kernel_log",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    lines = facts.kernel_log.matching(r"mlx[45].*(insufficient power|ACCESS_REG)|ERROR detected invalid context")
    if not lines:
        yield ok("no complaint of mlx4, mlx5 or nvidia_peermem")
        return
    power = "insufficient power" in lines[-1].text
    yield warn(
        "an adapter gets too little power from its slot" if power else "a network adapter's driver met an error",
        why="jobs over several hosts lose it, or go at its pace",
        evidence=lines[-1].proof,
        remedy=by_hand(
            "give the adapter its own power cable, or a slot of 75 W"
            if power
            else "compare firmware and driver (ofed_info -s, mstflint -d ADDRESS q); restart jobs that use it"
        ),
    )
