"""The links that a bonded network interface is made of, from /sys/class/net (Linux, bonding.rst)."""

from __future__ import annotations

from dataclasses import dataclass

from checks.facts.reading import Reading, Unknown, number, words

COMMAND = r"""
for folder in /sys/class/net/*/bonding; do
    [ -d "$folder" ] || continue
    bond=${folder%/bonding}
    for slave in $(cat "$folder/slaves"); do
        carrier=0 speed=-1
        # Of an interface that is down neither can be read.
        { read -r carrier <"/sys/class/net/$slave/carrier"; read -r speed <"/sys/class/net/$slave/speed"; } 2>/dev/null
        echo "link ${bond##*/} $slave ${carrier:-0} ${speed:--1}"
    done
done
exit 0
"""


@dataclass(frozen=True)
class Link:
    """One link of a bond; `speed` in Mbit/s, 0 where it is not known."""

    bond: str
    name: str
    up: bool
    speed: int


def parse(reading: Reading) -> tuple[Link, ...]:
    """`link` lines; a host without a bond has none."""
    links = []
    for line in reading.lines():
        kind, bond, name, carrier, speed = words(line, 5)
        if kind != "link":
            raise Unknown(f"unexpected line {line[:80]!r}")
        links.append(Link(bond, name, carrier == "1", max(0, number(speed))))
    return tuple(links)
