"""`--since`: a time as people write it, in the manner of systemd.time(7), by the host's own clock and in UTC."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_UNITS = (
    ("s", ("s", "sec", "secs", "second", "seconds")),
    ("m", ("m", "min", "mins", "minute", "minutes")),
    ("h", ("h", "hr", "hour", "hours")),
    ("d", ("d", "day", "days")),
    ("w", ("w", "week", "weeks")),
)
_SPAN = re.compile(r"(\d{1,6})\s*([a-z]+)\s*")
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[ t]\d\d:\d\d(?::\d\d)?)?$")


class BadTime(ValueError):  # noqa: N818 - it reads as what it is
    """A text that names no time in the past; the message says what would."""


def moment(text: str, now: int) -> int:
    """Seconds since 1970 of what the text means at `now`; `BadTime` for one that means nothing, or the future."""
    wanted = " ".join(text.lower().split())
    found = _named(wanted, now) or _absolute(wanted) or _ago(wanted, now)
    if found is None:
        raise BadTime(f"{text!r} is no time: write '2 days ago', '12h', 'yesterday' or '2026-11-20 03:00' (UTC)")
    if found > now:
        raise BadTime(f"{text!r} lies in the future of the host's clock")
    return found


def _named(text: str, now: int) -> int | None:
    midnight = datetime.fromtimestamp(now, tz=timezone.utc).replace(hour=0, minute=0, second=0)
    days = {"today": 0, "yesterday": 1}
    return int((midnight - timedelta(days=days[text])).timestamp()) if text in days else None


def _absolute(text: str) -> int | None:
    if not _DATE.match(text):
        return None
    try:
        return int(datetime.fromisoformat(text.replace("t", " ")).replace(tzinfo=timezone.utc).timestamp())
    except (ValueError, OverflowError):
        return None


def _ago(text: str, now: int) -> int | None:
    text = text.removesuffix(" ago").removeprefix("-")
    seconds, end = 0, 0
    for match in _SPAN.finditer(text):
        unit = next((short for short, names in _UNITS if match[2] in names), "")
        if match.start() != end or not unit:
            return None
        seconds, end = seconds + int(match[1]) * _SECONDS[unit], match.end()
    return max(0, now - seconds) if end and end == len(text) else None
