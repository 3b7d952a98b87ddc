"""Every NVMe controller is live.

One that the kernel gave up on is dead until the host is booted or the drive is replaced; data sets, docker's images and
often the root file system lie on it.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok, skipped, warn
from checks.profiles.profile import Profile

RESTS_ON = ()
GONE = ("dead", "deleting", "deleting (no IO)")
"""States that nothing comes back from; the others, such as resetting, pass."""


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    drives = facts.storage.nvme
    bad = {name: state for name, state in drives.items() if state != "live"}
    for name, state in bad.items():
        yield (fail if state in GONE else warn)(
            f"the NVMe controller {name} is {state}",
            why="what lies on its drive cannot be read or written, or only after long waits",
            evidence=f"/sys/class/nvme/{name}/state: {state}",
            remedy=by_hand(f"dmesg | grep {name}; nvme smart-log /dev/{name}; if it stays so, replace the drive"),
            subject=name,
        )
    if not drives:
        yield skipped("not applicable: no NVMe drive")
    elif not bad:
        yield ok(f"{len(drives)} NVMe controller(s) are live")
