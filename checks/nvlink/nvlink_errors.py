"""No NVLink has counted an error since the driver was loaded.

A link repeats what was damaged, and recovers when it loses step: each costs time that a job over several GPUs waits
for. Rising counts come before a link that fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, ok, skipped, warn
from checks.profiles.profile import Profile

RESTS_ON = ("nvidia_smi", "nvlink_up")
ERRORS = re.compile(
    r"(Replay|Recovery|CRC|Effective|Malformed packet|Buffer overrun|Rx remote|link integrity) errors|recovery failed",
    re.IGNORECASE,
)
"""The counters that mean damage; packets, rates and what forward error correction mends do not."""


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    links = facts.nvlink
    found = 0
    for gpu in links.gpus:
        bad = [(number, name, count) for number, name, count in gpu.errors if ERRORS.search(name)]
        if not bad:
            continue
        found += 1
        number, name, count = max(bad, key=lambda error: error[2])
        yield warn(
            f"{gpu.name} counts errors on NVLink {', '.join(str(n) for n in sorted({link for link, _, _ in bad}))}",
            why="the link repeats and recovers; jobs over several GPUs wait for it, and it may fail",
            evidence=f"nvidia-smi nvlink -e: {gpu.name}: Link {number}: {name}: {count}",
            remedy=by_hand("ask again after some load: nvidia-smi nvlink -e; if it rises, have the board looked at"),
        )
    if not links.counted or not any(gpu.speeds for gpu in links.gpus):
        yield skipped("not applicable: no NVLink in use, or its errors are not counted")
    elif not found:
        yield ok("no NVLink has counted an error")
