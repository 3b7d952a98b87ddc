"""The PCI bus shows as many GPUs as the profile expects of this host.

One of several that is missing leaves the others working, so nobody notices until a job asks for all of them.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok
from checks.profiles.profile import Profile

RESTS_ON = ("gpu_on_bus",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    found, want = facts.pci.gpus, profile.expect.gpus
    if len(found) >= want:
        yield ok(f"{len(found)} GPU(s)" + (f", as expected ({want})" if want else ""))
        return
    yield fail(
        f"{len(found)} of {want} GPUs on the PCI bus",
        why="jobs that ask for all GPUs of this host do not start",
        evidence="; ".join(facts.pci.line(gpu) for gpu in found),
        remedy=by_hand("look for the missing one in the kernel log (Xid 79, AER), then check seating and power"),
    )
