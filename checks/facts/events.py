"""What happened on the host since some time: reloads and restarts of services, and the kernel's words about the driver.

It is asked in a second exec, when something failed or `--since` was given. Where the journal has no kernel messages,
dmesg has those of this boot.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timezone

from checks.facts.reading import Reading, Unknown, number, words

_SERVICES = "[Dd]ocker|containerd|[Kk]ubelet|NVIDIA|nvidia|[Ff]abric|crio|CRI-O|DCGM|dcgm"
_SYSTEMD = (
    r"Reloading( requested|\.|$)|Reexecuting|(Started|Stopped|Reloaded|Failed to start) .*"
    rf"({_SERVICES})|({_SERVICES})[^ ]*: (Main process exited|Failed with|Unit entered failed)"
)
_KERNEL = (
    "NVRM: (loading|Xid|GPU|RmInit|The NVIDIA|API mismatch)|NVRM.*(fallen|failed)|SXid|nvidia-modeset: Loading"
    "|nouveau [0-9a-f:.]+: NVIDIA|Out of memory: Kill|Hardware Error|Kernel panic|soft lockup|blocked for more than"
    "|Remounting filesystem read-only|pcieport.*AER.*(Uncorrect|Fatal)"
)


def command(since: int) -> str:
    """Asks for what happened since then (seconds since 1970)."""
    start = datetime.fromtimestamp(since, tz=timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
    return rf"""
journal() {{ timeout -k 1 8 journalctl -q --no-pager -o short-iso --since '{start}' "$@" 2>/dev/null; }}
if command -v journalctl >/dev/null; then
    journal _PID=1 | grep -E '{_SYSTEMD}' | tail -n 200 | sed 's/^/systemd /'
fi
kernel=$(journal -k | grep -E '{_KERNEL}' | tail -n 200)
if [ -n "$kernel" ]; then
    echo "$kernel" | sed 's/^/kernel /'
else
    awk '$1 == "btime" {{ print }}' /proc/stat
    dmesg 2>/dev/null | grep -E '{_KERNEL}' | tail -n 200 | sed -nE 's/^\[ *([0-9]+)\.[0-9]+\] /up \1 /p'
fi
exit 0
"""


_JOURNAL = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)[+-]00:?00 \S+ [^:]+: (.*)$")


@dataclass(frozen=True)
class Event:
    """One line of a log: when (seconds since 1970), who wrote it (systemd, kernel), and what."""

    time: int
    source: str
    text: str


def parse(reading: Reading) -> tuple[Event, ...]:
    """`systemd` and `kernel` lines of the journal, and `up` lines of dmesg, in seconds after `btime`."""
    found: list[Event] = []
    booted = 0
    for line in reading.lines():
        kind, rest = words(line, 2)
        if kind == "btime":
            booted = number(rest)
        elif kind == "up":
            seconds, text = words(rest, 2)
            found.append(Event(booted + number(seconds), "kernel", text))
        elif kind in ("systemd", "kernel"):
            if match := _JOURNAL.match(rest):
                found.append(Event(_time(match[1]), kind, match[2]))
        else:
            raise Unknown(f"unexpected line {line[:80]!r}")
    return tuple(found)


def _time(text: str) -> int:
    try:
        return int(datetime.strptime(text, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc).timestamp())
    except (ValueError, OverflowError):
        raise Unknown(f"not a time: {text[:40]!r}") from None
