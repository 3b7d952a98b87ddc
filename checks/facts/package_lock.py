"""Who holds the package manager's locks: the process, for how long, and its command; found without lsof.

A lock that is waited for is no lock that is held: a process counts when /proc/locks names it and one of its open files
is a lock file of dpkg, apt, rpm or dnf.
"""

from __future__ import annotations

from dataclasses import dataclass

from checks.facts.reading import Reading, number, words

HOLDERS = r"""
package_lock_holders() { # lines of pid, age in seconds, lock file, command
    read -r up _ </proc/uptime
    for pid in $(awk '($2 == "POSIX" || $2 == "FLOCK") && $4 == "WRITE" { print $5 }' /proc/locks | sort -un); do
        file=$(ls -l "/proc/$pid/fd" 2>/dev/null | sed -n \
            -e 's|.* \([0-9]*\) -> \(/var/lib/dpkg/lock[-a-z]*\)$|\1 \2|p' \
            -e 's|.* \([0-9]*\) -> \(/var/lib/apt/lists/lock\)$|\1 \2|p' \
            -e 's|.* \([0-9]*\) -> \(/var/cache/apt/archives/lock\)$|\1 \2|p' \
            -e 's|.* \([0-9]*\) -> \(/var/lib/rpm/\.rpm\.lock\)$|\1 \2|p' \
            -e 's|.* \([0-9]*\) -> \(/var/[a-z/]*/dnf/[^ ]*lock[^ ]*\)$|\1 \2|p' \
            -e 's|.* \([0-9]*\) -> \(/run/yum\.pid\)$|\1 \2|p' |
            while read -r number file; do
                # In a container the same path is another file.
                [ "$(stat -Lc %d:%i "/proc/$pid/fd/$number" 2>/dev/null)" != "$(stat -Lc %d:%i "$file")" ] ||
                    echo "$file"
            done | head -n 1)
        [ -n "$file" ] || continue
        began=$(sed 's/^.*) //' "/proc/$pid/stat" 2>/dev/null | awk '{ print $20 }')
        ticks=$(getconf CLK_TCK 2>/dev/null || echo 100)
        echo "$pid $((${up%.*} - ${began:-0} / ticks)) $file $(tr '\0\n' '  ' <"/proc/$pid/cmdline" | cut -c 1-120)"
    done
}
"""
"""A function of sh; a step that finds the lock taken asks it too, while it waits."""

COMMAND = f"{HOLDERS}\n[ -r /proc/locks ] || {{ echo 'no /proc/locks'; exit 1; }}\npackage_lock_holders\nexit 0\n"


@dataclass(frozen=True)
class Holder:
    """A process that holds a lock of the package manager; `age` in seconds since it started."""

    pid: int
    age: int
    file: str
    command: str


def parse(reading: Reading) -> tuple[Holder, ...]:
    """Lines of pid, age, lock file and command; no line is no lock."""
    holders = []
    for line in reading.lines():
        pid, age, rest = words(line, 3)
        file, _, command = rest.partition(" ")
        holders.append(Holder(number(pid), number(age), file, command.strip()))
    return tuple(holders)
