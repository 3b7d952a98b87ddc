"""Hosts as they come: a line for each, or on a terminal a table below them of what is in flight and what was found."""

from __future__ import annotations

import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Generic, TextIO, TypeVar

from provision.fleet.pool import Answer, Job

Value = TypeVar("Value")

REDRAWN = 0.5
"""Seconds after which the table is drawn anew, for the times of the hosts that take long."""

MOST = 8
"""Hosts in flight that are named, longest first; and kinds of findings."""


class Table(Generic[Value]):
    """What is known of many hosts so far; `found` says in a word or more what an answer counts as."""

    def __init__(self, total: int, found: Callable[[Answer[Value]], Iterable[str]]) -> None:
        self._total, self._found = total, found
        self._since = time.monotonic()
        self._in_flight: dict[str, float] = {}
        self._done = self._bad = 0
        self._counts = Counter[str]()

    def begin(self, host: str) -> None:
        """The host is being asked."""
        self._in_flight[host] = time.monotonic()

    def end(self, answer: Answer[Value]) -> None:
        """The host has answered, or never will."""
        self._in_flight.pop(answer.host, None)
        self._done += 1
        self._bad += bool(answer.status)
        self._counts.update(self._found(answer))

    def lines(self, width: int) -> list[str]:
        """How far it is; the hosts in flight, the slowest first; what was found most often."""
        now = time.monotonic()
        slowest = sorted(self._in_flight.copy().items(), key=lambda one: one[1])
        named = [f"  {host:<16} {now - began:5.0f} s" for host, began in slowest[:MOST]]
        more = [f"  and {len(slowest) - MOST} more"] if len(slowest) > MOST else []
        counts = [f"  {count:>5} x {what}" for what, count in self._counts.most_common(MOST)]
        head = f"{self._done} of {self._total} hosts, {self._bad} not reached, {now - self._since:.0f} s"
        return [line[: width - 1] for line in (head, *named, *more, *counts)]


class Noted(Generic[Value]):
    """A job that tells the table when it begins with a host; only where the executor shares our memory."""

    def __init__(self, job: Job[Value], table: Table[Value]) -> None:
        self._job, self._table = job, table

    def __call__(self, host: str) -> Value:
        """As the job alone."""
        self._table.begin(host)
        return self._job(host)


class Screen:
    """The foot of a terminal: what stands there is drawn over, and goes when other lines are printed."""

    def __init__(self, out: TextIO, lines: Callable[[int], list[str]]) -> None:
        self._out, self._lines, self._drawn = out, lines, 0
        self._lock = threading.Lock()

    def show(self, text: str = "", *, last: bool = False) -> None:
        """Print this above the foot; `last`: nothing stands there any more."""
        with self._lock:
            size = shutil.get_terminal_size()
            foot = [] if last else self._lines(size.columns)[: size.lines - 1]
            up = f"\033[{self._drawn}A" if self._drawn else ""
            self._out.write(f"{up}\r\033[J{text}" + "".join(f"{line}\n" for line in foot))
            self._out.flush()
            self._drawn = len(foot)


@contextmanager
def _redrawn(screen: Screen) -> Iterator[None]:
    """The foot is drawn anew now and then, until the end."""
    over = threading.Event()

    def draw() -> None:
        while not over.wait(REDRAWN):
            screen.show()

    thread = threading.Thread(target=draw, name="gpuwright-table", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        screen.show(last=True)


def watched(
    answers: Iterable[Answer[Value]],
    out: TextIO,
    line: Callable[[Answer[Value]], str],
    table: Table[Value],
) -> Iterator[Answer[Value]]:
    """The same answers; each is printed as `line` says (empty: not at all)."""
    if not out.isatty():
        for answer in answers:
            text = line(answer)
            out.write(f"{text}\n" if text else "")
            out.flush()
            yield answer
        return
    screen = Screen(out, table.lines)
    with _redrawn(screen):
        for answer in answers:
            table.end(answer)
            text = line(answer)
            screen.show(f"{text}\n" if text else "")
            yield answer
