"""Tasks that are stuck in the kernel: in uninterruptible sleep, at the same place, in two looks a second apart.

The second look is taken only where the first saw one. A task that only waits for a disk has moved on by then.
"""

from __future__ import annotations

from dataclasses import dataclass

from checks.facts.reading import Reading, number, words

COMMAND = r"""
sleeping() { # pid, switches, age of each task in state D, where it sleeps, its name
    read -r up _ </proc/uptime
    for pid in $(cat /proc/[0-9]*/stat 2>/dev/null | sed -nE 's/^([0-9]+) \(.*\) D .*/\1/p'); do
        { read -r stat <"/proc/$pid/stat"; } 2>/dev/null || continue
        name=${stat#*\(}
        # shellcheck disable=SC2086 # the fields of stat
        set -- ${stat##*) }
        wchan=-
        { read -r wchan <"/proc/$pid/wchan"; } 2>/dev/null
        tick=${tick:-$(getconf CLK_TCK 2>/dev/null || echo 100)}
        switches=$(sed -n 's/^voluntary_ctxt_switches:[^0-9]*//p' "/proc/$pid/status" 2>/dev/null)
        echo "$pid ${switches:-0} $((${up%.*} - ${20} / tick)) ${wchan:--} ${name%)*}"
    done
}
first=$(sleeping)
[ -n "$first" ] || exit 0
sleep 1
sleeping | while read -r pid switches rest; do
    case "
$first" in *"
$pid $switches "*) echo "$pid $rest" ;; esac
done
exit 0
"""


@dataclass(frozen=True)
class Task:
    """A stuck task: since when it exists (age in seconds), the kernel function it sleeps in, its name."""

    pid: int
    age: int
    wchan: str
    name: str


def parse(reading: Reading) -> tuple[Task, ...]:
    """Lines of pid, age, place and name."""
    found = []
    for line in reading.lines():
        pid, age, wchan, name = words(line, 4)
        found.append(Task(number(pid), number(age), "" if wchan in ("-", "0") else wchan, name))
    return tuple(found)
