"""Who holds the package manager's locks: the process, for how long, and its command; found without lsof.

A lock that is waited for is no lock that is held: a process counts when /proc/locks names it and one of its open files
is a lock file of dpkg, apt, rpm or dnf. yum and dnf write their process id to a file, and hold no lock on it: there the
process counts that the file names, if it is one of theirs.
"""

from __future__ import annotations

from dataclasses import dataclass

from checks.facts.reading import Reading, number, words

HOLDERS = r"""
package_lock_holders() { # lines of pid, age in seconds, lock file, command
    read -r up _ </proc/uptime
    # One look at all of them first: most hold other locks.
    # shellcheck disable=SC2046 # their folders, one word each
    case $(ls -l /dev/null $(awk '$4 == "WRITE" { print "/proc/" $5 "/fd/" }' /proc/locks) 2>/dev/null) in
    *lock*) package_lock_holders_now ;;
    esac
    for file in /run/yum.pid /var/cache/dnf/*_lock.pid /var/lib/dnf/*_lock.pid; do
        [ -s "$file" ] && read -r pid <"$file" || continue
        ! grep -qsE 'yum|dnf|packagekit' "/proc/$pid/cmdline" || package_lock_holder "$pid" "$file"
    done
}

package_lock_holders_now() { # those that hold a lock in the kernel
    for pid in $(awk '($2 == "POSIX" || $2 == "FLOCK") && $4 == "WRITE" { print $5 }' /proc/locks | sort -un); do
        file=$(ls -l "/proc/$pid/fd" 2>/dev/null | sed -n \
            -e 's|.* \([0-9]*\) -> \(/var/lib/dpkg/lock[-a-z]*\)$|\1 \2|p' \
            -e 's|.* \([0-9]*\) -> \(/var/lib/apt/lists/lock\)$|\1 \2|p' \
            -e 's|.* \([0-9]*\) -> \(/var/cache/apt/archives/lock\)$|\1 \2|p' \
            -e 's|.* \([0-9]*\) -> \(/var/lib/rpm/\.rpm\.lock\)$|\1 \2|p' \
            -e 's|.* \([0-9]*\) -> \(/var/[a-z/]*/dnf/[^ ]*lock[^ ]*\)$|\1 \2|p' |
            while read -r number file; do
                # In a container the same path is another file.
                [ "$(stat -Lc %d:%i "/proc/$pid/fd/$number" 2>/dev/null)" != "$(stat -Lc %d:%i "$file")" ] ||
                    echo "$file"
            done | head -n 1)
        [ -z "$file" ] || package_lock_holder "$pid" "$file"
    done
}

package_lock_holder() { # PID FILE: one of those lines
    began=$(sed 's/^.*) //' "/proc/$1/stat" 2>/dev/null | awk '{ print $20 }')
    ticks=$(getconf CLK_TCK 2>/dev/null || echo 100)
    line=$({ tr '\0\n' '  ' <"/proc/$1/cmdline"; } 2>/dev/null | cut -c 1-120)
    echo "$1 $((${up%.*} - ${began:-0} / ticks)) $2 $line"
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
