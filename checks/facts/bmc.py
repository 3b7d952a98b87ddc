"""The last events that the board's own controller (BMC) has logged: an active topic.

ipmitool waits for minutes for a controller that is busy, so it gets five seconds: one that does not answer is told of,
and keeps nobody waiting. Its clock is its own; the log is read, never cleared.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timezone

from checks.facts.reading import Reading, Unknown

COMMAND = r"""
[ -e /dev/ipmi0 ] || [ -e /dev/ipmi/0 ] || [ -e /dev/ipmidev/0 ] || {
    echo "none not applicable: no /dev/ipmi0"
    exit 0
}
command -v ipmitool >/dev/null || { echo "none ipmitool is not installed"; exit 0; }
timeout -k 1 5 ipmitool sel list last 60 >"${topic:-$0}.l" 2>&1 || {
    echo "none the BMC gave no list within 5 seconds: $(tail -n 1 "${topic:-$0}.l" | cut -c 1-120)"
    exit 0
}
sed 's/^ */event /' "${topic:-$0}.l"
exit 0
"""


@dataclass(frozen=True)
class Event:
    """`time` is in seconds since 1970 by the BMC's clock, 0 where it does not say; `asserted`: it began, or ended."""

    time: int
    sensor: str
    text: str
    asserted: bool


@dataclass(frozen=True)
class Bmc:
    """Events, oldest first; `missing` says why there are none to read, and is empty where there are."""

    events: tuple[Event, ...]
    missing: str = ""


def parse(reading: Reading) -> Bmc:
    """`ipmitool sel list`: number, date, time, sensor, event, direction between bars; or a `none` line."""
    events: list[Event] = []
    for line in reading.lines():
        kind, _, rest = line.partition(" ")
        if kind == "none":
            return Bmc((), rest or "no reason given")
        if kind != "event":
            raise Unknown(f"unexpected line {line[:80]!r}")
        if event := _event([part.strip() for part in rest.split("|")]):
            events.append(event)
    return Bmc(tuple(events))


def _event(parts: list[str]) -> Event | None:
    """None for a line that is no event, such as that of a log that is empty."""
    if len(parts) < 5:
        return None
    sensor, text = parts[3], parts[4]
    return Event(_time(f"{parts[1]} {parts[2]}"), sensor, text, "Deasserted" not in parts[5:])


def _time(text: str) -> int:
    """A date as ipmitool to 1.8.18 and as later ones write it; what is no date, such as Pre-Init, is 0."""
    match = re.match(r"\d\d/\d\d/(\d\d(?:\d\d)?) \d\d:\d\d:\d\d", text)
    if match is None:
        return 0
    form = f"%m/%d/%{'Y' if len(match[1]) > len('24') else 'y'} %H:%M:%S"
    try:
        return int(datetime.strptime(match[0], form).replace(tzinfo=timezone.utc).timestamp())
    except (ValueError, OverflowError):
        return 0
