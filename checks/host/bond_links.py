"""Every link of a bonded network interface is up, at the speed of its peers.

A bond goes on with one link fewer, at a part of its speed: nobody notices, until the other link goes as well.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, ok, skipped, warn
from checks.profiles.profile import Profile

RESTS_ON = ()


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    links = facts.bonds
    fastest = {bond: max(link.speed for link in links if link.bond == bond) for bond in {link.bond for link in links}}
    bad = [link for link in links if not link.up or 0 < link.speed < fastest[link.bond]]
    for link in bad:
        what = "has no carrier" if not link.up else f"runs at {link.speed} Mbit/s, its peers at {fastest[link.bond]}"
        yield warn(
            f"the link {link.name} of {link.bond} {what}",
            why="data sets and checkpoints come at a part of the speed, and nothing is left for the next fault",
            evidence=f"/sys/class/net/{link.name}: carrier {int(link.up)}, speed {link.speed}",
            remedy=by_hand(
                f"check cable, transceiver and switch port: ethtool {link.name}; /proc/net/bonding/{link.bond}"
            ),
            subject=link.name,
        )
    if not links:
        yield skipped("not applicable: no bonded interface")
    elif not bad:
        yield ok(f"{len(links)} links of bonds are up")
