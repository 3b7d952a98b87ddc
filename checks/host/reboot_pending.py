"""No update waits for a reboot.

Until then old and new files are mixed: the kernel, libc or systemd in use is not the one on disk.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, ok, warn
from checks.profiles.profile import Profile

RESTS_ON = ()


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    required = facts.boots.required
    if required is None:
        yield ok("no update waits for a reboot")
        return
    yield warn(
        "an update waits for a reboot" + (f": {', '.join(required[:5])}" if required else ""),
        why="what runs is older than what is on disk; the reboot is when mistakes of the update show",
        evidence=f"/run/reboot-required; running {facts.kernel.running}, next {facts.kernel.next}",
        remedy=by_hand(
            "drain the host and reboot it, after the doctor finds nothing else that breaks at the next boot"
        ),
    )
