"""The host: its name, its clock, and who we are on it."""

from __future__ import annotations

from dataclasses import dataclass

from checks.facts.reading import Reading, Unknown, number, words

COMMAND = """
echo "name $(uname -n)"
echo "machine $(uname -m)"
echo "time $(date +%s)"
echo "uid $(id -u)"
if [ -d /run/systemd/system ]; then echo "init systemd"; else echo "init other"; fi
"""


@dataclass(frozen=True)
class Host:
    """`time` is seconds since 1970 by the host's own clock; `uid` is who the probe ran as; `machine` is `uname -m`."""

    name: str
    machine: str
    time: int
    uid: int
    init: str


def parse(reading: Reading) -> Host:
    """The five lines, each once."""
    found = dict(words(line, 2) for line in reading.lines())
    try:
        return Host(found["name"], found["machine"], number(found["time"]), number(found["uid"]), found["init"])
    except KeyError as missing:
        raise Unknown(f"no line {missing} in the answer") from None
