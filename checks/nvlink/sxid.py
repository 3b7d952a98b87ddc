"""No NVSwitch has reported an error (SXid) that is fatal.

The driver reports errors of the switches between GPUs in the kernel log. A fatal one takes the fabric down: jobs over
several GPUs fail until GPUs and switches are reset together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok, warn
from checks.profiles.profile import Profile

RESTS_ON = ("kernel_log", "driver_loaded")
SXID = re.compile(r"SXid \(PCI:([0-9a-fA-F:]+)(?:\.\d)?\): (\d+)")
FATAL = re.compile(r"(?<!non-)(?<!non )fatal", re.IGNORECASE)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    lines = [(line, match) for line in facts.kernel_log.current if (match := SXID.search(line.text))]
    fatal = [pair for pair in lines if FATAL.search(pair[0].text)]
    for line, match in (fatal or lines)[-1:]:
        yield (fail if fatal else warn)(
            f"SXid {match[2]} of an NVSwitch" + (f", {len(fatal or lines)} in all" if len(fatal or lines) > 1 else ""),
            why="jobs over several GPUs fail until the fabric is reset"
            if fatal
            else "a link of the fabric met an error",
            evidence=line.proof,
            remedy=by_hand(
                "drain the host, stop nvidia-fabricmanager, reset all GPUs together (nvidia-smi -r), start it again"
                if fatal
                else "nothing now; if it comes again, have the link looked at (nvidia-smi nvlink -e)"
            ),
            subject=f"{match[1].lower()}.0",
        )
    if not lines:
        yield ok("no NVSwitch has reported an error")
