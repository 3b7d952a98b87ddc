"""What the kernel said that bears on GPUs: from the journal, or from dmesg where that has no kernel lines of this boot.

The journal of the boot before is asked for GPU errors too: one that came back after a reboot is another matter than a
first one. Lines are chosen on the host; of a flood the first and the last are kept, because the cause comes first.
"""

from __future__ import annotations

import calendar
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

from checks.facts.reading import Reading, Unknown, words

FIRST, LAST, BEFORE = 60, 140, 30
"""Lines kept of this boot, from its beginning and from its end, and of the boot before."""

_KEPT = (
    "NVRM|Xid|nvidia|nvswitch|AER: .*(error|corrected)|PCIe Bus Error|machine check|Hardware Error|EDAC .*[CU]E |"
    "out of memory|oom-kill|killed process|DMAR.*fault|IO_PAGE_FAULT|lockup|blocked for more than|remounting filesystem"
    "|no space for|failed to assign|PCIe bandwidth|segfault.*lib(cuda|nccl|nvidia)|I/O error|medium error"
    "|nvme.*(timeout|is down|removing after)|md/raid.*fail|nfs: server|mlx[45].*(insufficient power|ACCESS_REG)"
    "|ERROR detected invalid context"
)
_NOISE = "NVRM: +-?[0-9]+ |AER: enabled|apparmor=.STATUS|iommu group"

COMMAND = f"""
read -r up _ </proc/uptime
echo "clock $(date +%s) $up"
chosen() {{ grep -a -i -E '{_KEPT}' | grep -a -v -E '{_NOISE}' | cut -c 1-260; }}
journal() {{ journalctl -k -q --no-pager -o short-iso "$@" 2>/dev/null; }}
ends() {{
    awk '{{ line[NR] = $0 }}
        END {{ for (i = 1; i <= NR; i++) if (i <= {FIRST} || i > NR - {LAST}) print "this " line[i] }}'
}}
if [ -n "$(journal -b -n 1)" ]; then
    echo "from journal"
    journal -b -n 20000 | chosen | ends
    journal -b -1 -n 20000 | grep -a -E 'Xid|fallen off' | tail -n {BEFORE} | cut -c 1-260 | sed 's/^/before /'
elif dmesg >"${{topic:-$0}}.log" 2>"${{topic:-$0}}.err"; then
    echo "from dmesg"
    chosen <"${{topic:-$0}}.log" | ends
else
    head -n 1 "${{topic:-$0}}.err"
    exit 1
fi
exit 0
"""


def chosen(text: str) -> list[str]:
    """What the command would keep of a whole kernel log, where that was collected by another tool."""
    lines = [line[:260] for line in text.split("\n") if re.search(_KEPT, line, re.IGNORECASE)]
    kept = [line for line in lines if not re.search(_NOISE, line, re.IGNORECASE)]
    return [line for number, line in enumerate(kept) if number < FIRST or number >= len(kept) - LAST]


_PREFIXES = (
    ("boot", re.compile(r"(?:<\d+>)?\[ *(\d+\.\d+)\] ?")),
    ("date", re.compile(r"\[(\w{3} \w{3} +\d+ \d\d:\d\d:\d\d \d{4})\] ?")),
    (
        "iso",
        re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d) \S+ kernel: (?:\[ *\d+\.\d+\] )?"),
    ),
    ("boot", re.compile(r"\w{3} +\d+ \d\d:\d\d:\d\d \S+ kernel: \[ *(\d+\.\d+)\] ")),
    ("none", re.compile(r"\w{3} +\d+ \d\d:\d\d:\d\d \S+ kernel: ()")),
    ("micro", re.compile(r"\d+,\d+,(\d+),[^;]*;")),
)
"""How a kernel line may begin: dmesg, dmesg -T, journal in ISO form, syslog with and without seconds, /dev/kmsg."""

_LOADED = re.compile(r"NVRM: loading NVIDIA")


@dataclass(frozen=True)
class Line:
    """A line of the kernel's, without its prefix; `at` is in seconds since this boot, None where it does not say."""

    at: float | None
    text: str

    @property
    def proof(self) -> str:
        """The line and its time, as evidence for a person."""
        return self.text[:200] + ("" if self.at is None else f" ({self.at:.0f} s after the boot)")


@dataclass(frozen=True)
class KernelLog:
    """`lines` of this boot and `before` of the one before, oldest first; `up` is the host's uptime in seconds."""

    lines: tuple[Line, ...]
    before: tuple[Line, ...]
    up: float

    @property
    def current(self) -> tuple[Line, ...]:
        """The lines since the driver was last loaded: what came before it says nothing of how things are."""
        loads = [i for i, line in enumerate(self.lines) if _LOADED.search(line.text)]
        return self.lines[loads[-1] :] if loads else self.lines

    def matching(self, pattern: str) -> tuple[Line, ...]:
        """The current lines that a pattern is found in, whatever the case of its letters."""
        found = re.compile(pattern, re.IGNORECASE)
        return tuple(line for line in self.current if found.search(line.text))


def parse(reading: Reading) -> KernelLog:
    """`clock`, `from`, `this` and `before` lines."""
    lines: list[Line] = []
    before: list[Line] = []
    clock = up = 0.0
    for line in reading.lines():
        kind, _, rest = line.partition(" ")
        if kind == "clock":
            now, uptime = words(rest, 2)
            clock, up = _seconds(now), _seconds(uptime)
        elif kind in ("this", "before"):
            (lines if kind == "this" else before).append(_line(rest, clock - up))
        elif kind != "from":
            raise Unknown(f"unexpected line {line[:80]!r}")
    if not clock:
        raise Unknown("the kernel log has no clock: its answer is not whole")
    return KernelLog(tuple(lines), tuple(before), up)


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise Unknown(f"not a number of seconds: {text[:40]!r}") from None


def _line(text: str, booted: float) -> Line:
    clean = "".join(_printable(text))
    for kind, prefix in _PREFIXES:
        match = prefix.match(clean)
        if match:
            return Line(_time(kind, match[1], booted), clean[match.end() :])
    return Line(None, clean)


def _printable(text: str) -> Iterator[str]:
    return (character for character in re.sub(r"\x1b\[[0-9;]*m", "", text) if character.isprintable())


def _time(kind: str, text: str, booted: float) -> float | None:
    """Seconds since this boot; a date is one of UTC, which the probe sets."""
    if kind in ("boot", "micro"):
        return float(text) / (1e6 if kind == "micro" else 1)
    forms = {"date": "%a %b %d %H:%M:%S %Y", "iso": "%Y-%m-%dT%H:%M:%S"}
    if kind not in forms:
        return None
    try:
        return calendar.timegm(time.strptime(text, forms[kind])) - booted
    except ValueError:
        return None
