"""The ports of InfiniBand and RoCE adapters, from /sys/class/infiniband."""

from __future__ import annotations

from dataclasses import dataclass

from checks.facts.reading import Reading, Unknown, number, words

COMMAND = r"""
for port in /sys/class/infiniband/*/ports/*; do
    [ -d "$port" ] || continue
    line=${port#/sys/class/infiniband/}
    line="port ${line%/ports/*} ${port##*/}"
    for file in state phys_state rate link_layer counters/link_downed; do
        value=-
        { read -r value _ <"$port/$file"; } 2>/dev/null
        line="$line ${value:--}"
    done
    echo "$line"
done
exit 0
"""

ACTIVE, LINK_UP = 4, 5
"""The numbers that the kernel gives the state of a port that works, logical and physical."""


@dataclass(frozen=True)
class Port:
    """A port: `state` and `physical` by the kernel's numbers, `rate` in Gbit/s, how often its link went down."""

    device: str
    number: int
    state: int
    physical: int
    rate: int
    layer: str
    downed: int

    @property
    def name(self) -> str:
        """Device and port, as ibstat names them."""
        return f"{self.device}:{self.number}"


def parse(reading: Reading) -> tuple[Port, ...]:
    """`port` lines; a counter that is not there is 0."""
    ports = []
    for line in reading.lines():
        kind, device, port, state, physical, rate, layer, downed = words(line, 8)
        if kind != "port":
            raise Unknown(f"unexpected line {line[:80]!r}")
        logical, link = number(state.rstrip(":")), number(physical.rstrip(":"))
        speed, down = number(rate.partition(".")[0]), 0 if downed == "-" else number(downed)
        ports.append(Port(device, number(port), logical, link, speed, layer, down))
    return tuple(ports)
