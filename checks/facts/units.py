"""The units that systemd counts as failed, with the end of what each had to say."""

from __future__ import annotations

from dataclasses import dataclass

from checks.facts.reading import Reading, Unknown, words

COMMAND = r"""
[ -d /run/systemd/system ] || { echo "none"; exit 0; }
failed=$(timeout -k 1 8 systemctl list-units --state=failed --no-legend --no-pager --full) || exit 1
[ -n "$failed" ] || exit 0
echo "$failed" | sed -nE 's/^[^a-zA-Z-]*([^ ]+[.][a-z]+) .*/\1/p' | head -n 30 | while read -r unit; do
    said=$(timeout -k 1 3 journalctl -u "$unit" -n 1 -o cat --no-pager 2>/dev/null | head -n 1 | cut -c 1-200)
    echo "failed $unit $said"
done
exit 0
"""


@dataclass(frozen=True)
class Unit:
    """A failed unit, and the last line of its journal."""

    name: str
    said: str


def parse(reading: Reading) -> tuple[Unit, ...] | None:
    """The failed units; None where systemd is not what runs the host."""
    found = []
    for line in reading.lines():
        if line == "none":
            return None
        kind, rest = words(line, 2)
        if kind != "failed":
            raise Unknown(f"unexpected line {line[:80]!r}")
        name, _, said = rest.partition(" ")
        found.append(Unit(name, said.strip()))
    return tuple(found)
