"""Where a kubelet runs, swap is off.

With its default settings it does not start while there is swap ("running with swap on is not supported"), and so not
after the next boot either.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, ok, warn
from checks.profiles.profile import Profile

RESTS_ON = ()


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    machine = facts.machine
    if not machine.kubelet:
        yield ok("no kubelet runs here: swap does no harm")
    elif not machine.swap:
        yield ok("swap is off")
    else:
        yield warn(
            f"{machine.swap // 1024 // 1024} MiB of swap are on, and a kubelet runs here",
            why="unless its failSwapOn is false, it does not start again",
            evidence=f"/proc/swaps: {machine.swap // 1024} KiB",
            remedy=by_hand("swapoff -a, and take its line out of /etc/fstab; or set failSwapOn: false and memorySwap"),
            when="next start of the kubelet",
        )
