"""Every InfiniBand or RoCE port that has been up is up, at the speed of its peers.

A port that went down takes the host out of jobs over several hosts; one that keeps going up and down, or that came up
slower than its peers, slows them all down. A port without a cable is not told of.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.infiniband import ACTIVE, LINK_UP, Port
from checks.finding import Finding, by_hand, fail, ok, skipped, warn
from checks.profiles.profile import Profile

RESTS_ON = ()
FLAPS = 3
"""How often a link may have gone down since the adapter was started; gpud calls three times flapping."""


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    ports = facts.infiniband
    fastest = {layer: max(p.rate for p in ports if p.layer == layer) for layer in {p.layer for p in ports}}
    found = [(port, said) for port in ports if (said := _wrong(port, fastest[port.layer]))]
    for port, (what, broken) in found:
        yield (fail if broken else warn)(
            f"{port.layer} port {port.name} {what}",
            why="jobs over several hosts fail, or go at the pace of this port",
            evidence=f"/sys/class/infiniband/{port.device}/ports/{port.number}: state {port.state}, rate {port.rate}, "
            f"link_downed {port.downed}",
            remedy=by_hand("check cable, transceiver and switch port; for a port that waits, the subnet manager"),
            subject=port.name,
        )
    if not ports:
        yield skipped("not applicable: no InfiniBand or RoCE adapter")
    elif not found:
        yield ok(f"{sum(port.state == ACTIVE for port in ports)} of {len(ports)} ports are active")


def _wrong(port: Port, fastest: int) -> tuple[str, bool] | None:
    if port.physical == LINK_UP and port.state != ACTIVE:
        return "has its link and waits for a subnet manager", True
    if port.state != ACTIVE:
        return ("was up and is down", True) if port.downed else None
    if port.rate < fastest:
        return f"runs at {port.rate} Gb/s, others at {fastest}", False
    return (f"has gone down {port.downed} times", False) if port.downed >= FLAPS else None
