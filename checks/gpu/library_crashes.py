"""No program has crashed inside of the driver's libraries or NCCL since the driver was loaded.

A crash there is seldom the job's own fault: libraries of two versions, a damaged driver, or a GPU that
answered wrongly.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, ok, warn
from checks.profiles.profile import Profile

RESTS_ON = ("kernel_log",)
WHERE = re.compile(r"(\S+?)\[\d+\]: segfault.* in (lib[\w.+-]+)")


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    lines = facts.kernel_log.matching(r"segfault.*lib(cuda|nccl|nvidia)")
    if not lines:
        yield ok("no program crashed in libcuda, libnccl or libnvidia-*")
        return
    found = WHERE.search(lines[-1].text)
    program, library = (found[1], found[2]) if found else ("a program", "one of them")
    yield warn(
        f"{len(lines)} crash(es) inside of a GPU library: {program} in {library}",
        why="the job ended without a word in its own log; others may do the same",
        evidence=lines[-1].proof,
        remedy=by_hand(f"see which {library} it loads (ldd, LD_LIBRARY_PATH, the image): it must fit the driver"),
    )
