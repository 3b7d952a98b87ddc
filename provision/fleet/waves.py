"""How a rollout goes through a fleet: a few canaries first, then waves, within a window; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from provision.errors import Usage


def waves(hosts: Sequence[str], canary: int, size: int) -> Iterator[tuple[str, ...]]:
    """The canaries, if any, and then the rest in waves of `size`."""
    if canary:
        yield tuple(hosts[:canary])
    for start in range(canary, len(hosts), size):
        yield tuple(hosts[start : start + size])


def share(flag: str, text: str, total: int) -> int:
    """A number of hosts, as a number or as a share of all (`10%`), rounded down; `Usage` for anything else."""
    match = re.fullmatch(r"(\d{1,6})(%?)", text)
    if not match or (match[2] and int(match[1]) > 100):
        raise Usage(f"{flag} {text}: wants a number of hosts, or a share such as 10%")
    return total * int(match[1]) // 100 if match[2] else int(match[1])


@dataclass(frozen=True)
class Window:
    """The hours in which waves may begin, on the clock of this machine; it may go over midnight."""

    opens: time
    closes: time

    def wait(self, now: datetime) -> timedelta:
        """How long until a wave may begin; zero inside the window."""
        clock = now.time()
        inside = (
            self.opens <= clock < self.closes
            if self.opens < self.closes
            else clock >= self.opens or clock < self.closes
        )
        if inside:
            return timedelta()
        opening = datetime.combine(now.date(), self.opens, now.tzinfo)
        return (opening if opening > now else opening + timedelta(days=1)) - now


def window(text: str) -> Window | None:
    """A window as it is typed, 22:00-06:00; None when nothing is."""
    if not text:
        return None
    match = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)", text)
    if not match or match[1] + match[2] == match[3] + match[4]:
        raise Usage(f"--window {text}: wants the hours in which waves may begin, such as 22:00-06:00")
    first, second, third, fourth = (int(part) for part in match.groups())
    return Window(time(first, second), time(third, fourth))
