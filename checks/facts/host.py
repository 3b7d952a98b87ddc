"""The host: its name, its clock, and who we are on it."""

from __future__ import annotations

from dataclasses import dataclass

from checks.facts.reading import Reading, Unknown, number

COMMAND = """
kernel=$(uname -nm)
echo "name ${kernel% *}"
echo "machine ${kernel##* }"
echo "time $(date +%s)"
echo "uid $(id -u)"
[ -z "$GPUWRIGHT_SUDO" ] || echo "sudo $(echo $GPUWRIGHT_SUDO)" # unquoted: one line
if [ -d /run/systemd/system ]; then echo "init systemd"; else echo "init other"; fi
"""


@dataclass(frozen=True)
class Host:
    """`time` is seconds since 1970 by the host's own clock; `machine` is `uname -m`.

    `uid` is who the probe ran as; `sudo` is what sudo said when it did not make it root.
    """

    name: str
    machine: str
    time: int
    uid: int
    init: str
    sudo: str = ""


def parse(reading: Reading) -> Host:
    """The lines, each once; a host without a name has an empty one."""
    found = {key: value for key, _, value in (line.partition(" ") for line in reading.lines())}
    try:
        name, machine, init = found["name"], found["machine"], found["init"]
        return Host(name, machine, number(found["time"]), number(found["uid"]), init, found.get("sudo", "").strip())
    except KeyError as missing:
        raise Unknown(f"no line {missing} in the answer") from None
