"""What the kernel says of the machine below it: clock source, frequency governors, limits, memory errors.

Everything is read from /proc and /sys; what a kernel or a machine does not have has no line.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from checks.facts.reading import Reading, Unknown, number, words

COMMAND = r"""
say() { [ -n "$2" ] && echo "$1 $2"; }
first() { [ -r "$2" ] && read -r line <"$2" && say "$1" "$line"; }
virtual=no
grep -q -m 1 '^flags.* hypervisor' /proc/cpuinfo && virtual=yes
say virtual "$virtual"
container=no
[ -e /run/systemd/container ] || [ -e /.dockerenv ] || [ -e /run/.containerenv ] && container=yes
say container "$container"
first clocksource /sys/devices/system/clocksource/clocksource0/current_clocksource
set -- /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor
[ ! -e "$1" ] || say governors "$(cat "$@" 2>/dev/null | sort -u | tr '\n' ' ')"
first frequency_driver /sys/devices/system/cpu/cpu0/cpufreq/scaling_driver
# shellcheck disable=SC3045 # where a shell does not know it there is no line
say memlock "$(ulimit -H -l 2>/dev/null)"
[ ! -e /sys/class/infiniband ] || say infiniband "$(ls /sys/class/infiniband | tr '\n' ' ')"
# A number of /proc/sys can be read in one go only, and sh reads byte by byte.
read -r _ _ _ tasks _ </proc/loadavg
awk -v tasks="${tasks#*/}" '
    FILENAME ~ /file-nr$/ { print "files", $1, $3 }
    $1 == "MemTotal:" { print "ram", $2 }
    FILENAME ~ /max$/ && (most == "" || $1 + 0 < most + 0) { most = $1 }
    END { print "tasks", tasks, most }' \
    /proc/sys/fs/file-nr /proc/meminfo /proc/sys/kernel/pid_max /proc/sys/kernel/threads-max
for bank in /sys/devices/system/edac/mc/mc[0-9]*; do
    [ -r "$bank/ue_count" ] || continue
    read -r bad <"$bank/ue_count" && read -r mended <"$bank/ce_count" && echo "memory ${bank##*/} $bad $mended"
done
exit 0
"""


@dataclass(frozen=True)
class Bank:
    """A memory controller's counts of errors since boot: those it could not correct, and those it did."""

    name: str
    uncorrected: int
    corrected: int


@dataclass(frozen=True)
class Machine:
    """`memlock` in bytes, -1 for unlimited; `files` and `tasks` are used and possible; `ram` in bytes, 0: not said.

    Texts are empty where the machine has no such thing.
    """

    virtual: bool
    container: bool
    clocksource: str
    governors: tuple[str, ...]
    frequency_driver: str
    memlock: int | None
    infiniband: tuple[str, ...]
    files: tuple[int, int]
    tasks: tuple[int, int]
    memory: tuple[Bank, ...]
    ram: int = 0


def parse(reading: Reading) -> Machine:
    """Lines by their first word."""
    single: dict[str, str] = {}
    banks: list[Bank] = []
    known = {field.name for field in fields(Machine)}
    for line in reading.lines():
        key, rest = words(line, 2)
        if key == "memory":
            name, bad, mended = words(rest, 3)
            banks.append(Bank(name, number(bad), number(mended)))
        elif key in known:
            single[key] = rest.strip()
        else:
            raise Unknown(f"unexpected line {line[:80]!r}")
    try:
        return Machine(
            single["virtual"] == "yes",
            single["container"] == "yes",
            single.get("clocksource", ""),
            tuple(single.get("governors", "").split()),
            single.get("frequency_driver", ""),
            _memlock(single.get("memlock", "")),
            tuple(single.get("infiniband", "").split()),
            _pair(single["files"]),
            _pair(single["tasks"]),
            tuple(banks),
            number(single.get("ram", "0")) * 1024,
        )
    except KeyError as missing:
        raise Unknown(f"no line {missing} in the answer") from None


def _memlock(text: str) -> int | None:
    """Ulimit's KiB as bytes; None where this shell's ulimit does not know it."""
    if not text:
        return None
    return -1 if text == "unlimited" else number(text) * 1024


def _pair(text: str) -> tuple[int, int]:
    used, most = words(text, 2)
    return number(used), number(most)
