"""Drives as the kernel sees them: md arrays from /proc/mdstat (md(4)), NVMe controllers from /sys/class/nvme."""

from __future__ import annotations

from dataclasses import dataclass

from checks.facts.reading import Reading, Unknown, words

COMMAND = r"""
[ ! -r /proc/mdstat ] || awk '
    function say() { if (name != "") print "array", name, state, disks, doing }
    $2 == ":" && $1 != "Personalities" { say(); name = $1; state = $3; disks = doing = "-" }
    $NF ~ /^\[[U_]+\]$/ { disks = $NF }
    /(recovery|resync|reshape|check) *=/ { doing = $2 }
    END { say() }' /proc/mdstat
for drive in /sys/class/nvme/nvme*; do
    [ -e "$drive" ] || continue
    state=unknown
    read -r state 2>/dev/null <"$drive/state"
    echo "nvme ${drive##*/} $state"
done
exit 0
"""


@dataclass(frozen=True)
class Array:
    """An md array: `state` active or inactive, `disks` such as [U_] with a bar for each that is missing.

    `doing` is recovery, resync, reshape or check; both are empty where the kernel says nothing.
    """

    name: str
    state: str
    disks: str
    doing: str


@dataclass(frozen=True)
class Storage:
    """The arrays; and the state of each NVMe controller: live, connecting, resetting, deleting, dead."""

    arrays: tuple[Array, ...]
    nvme: dict[str, str]


def parse(reading: Reading) -> Storage:
    """`array` and `nvme` lines; a host may have neither."""
    arrays: list[Array] = []
    nvme: dict[str, str] = {}
    for line in reading.lines():
        kind, rest = words(line, 2)
        if kind == "array":
            name, state, disks, doing = ("" if word == "-" else word.strip() for word in words(rest, 4))
            arrays.append(Array(name, state, disks, doing))
        elif kind == "nvme":
            name, state = words(rest, 2)
            nvme[name] = state.strip()
        else:
            raise Unknown(f"unexpected line {line[:80]!r}")
    return Storage(tuple(arrays), nvme)
