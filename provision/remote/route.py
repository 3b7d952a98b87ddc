"""The way to a host: its jump hosts, the one that is dialled first, first."""

from __future__ import annotations

from provision.errors import Usage
from provision.remote.endpoint import Endpoint, resolve
from provision.remote.target import Target

LIMIT = 10
"""Jump hosts that may lie on the way; more are a loop in ssh_config."""


def route(endpoint: Endpoint, config: str = "") -> list[Endpoint]:
    """Every hop and then the host itself.

    As with ssh, the hop that is dialled first may have a way of its own; the others are reached from the hop before,
    whatever ssh_config says of them.
    """
    if not endpoint.jumps:
        return [endpoint]
    hops = [_hop(jump, config) for jump in endpoint.jumps]
    way: list[Endpoint] = []
    first = hops[0]
    while first.jumps:
        if len(way) + len(hops) > LIMIT:
            raise Usage(f"{endpoint.name}: its ProxyJump goes in a circle (through {first.name})")
        inner = [_hop(jump, config) for jump in first.jumps]
        way = [*inner[1:], first, *way]
        first = inner[0]
    return [first, *way, *hops[1:], endpoint]


def _hop(jump: Target, config: str) -> Endpoint:
    return resolve(str(jump), config=config)
