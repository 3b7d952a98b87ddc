"""The hosts' turns, in any executor, and how they stop: nothing further is begun, what is in flight is finished.

^C once is a wish to stop. ^C twice leaves at once: steps go on on their hosts without us.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from checks.doctor import Asked
from checks.finding import BROKEN
from checks.report import Report, loudest_first
from provision.errors import Interrupted
from provision.fleet.jobs import Doctor
from provision.fleet.pool import Answer, Job, threads, visit
from provision.fleet.roll import Roll, Rolled

_SLICE = 0.5
"""Seconds after which one who sleeps looks whether it should still."""


NOT_BEGUN = "not-begun"


@dataclass(frozen=True)
class _Begun:
    """A turn that is not begun once it is to stop: in threads that is seen at once."""

    turn: Job[Rolled]
    stopped: Callable[[], bool]

    def __call__(self, host: str) -> Rolled:
        return Rolled(NOT_BEGUN) if self.stopped() else self.turn(host)


@dataclass
class Turns:
    """`turn` is done on each host of a wave, `again` looks at a host after its wave has soaked."""

    turn: Job[Rolled]
    again: Job[Report]
    workers: int
    gate: tuple[str, ...] = ()
    pool: Callable[[int], Executor] = threads
    show: Callable[[str], object] = print
    leave: Callable[[int], object] = os._exit
    stopped: bool = False
    interrupted: bool = False

    def visit(self, hosts: Sequence[str]) -> Iterator[Answer[Rolled]]:
        """Yield each host's answer as it comes; hosts that were not begun have none."""
        self.stopped = self.interrupted
        with self.pool(min(self.workers, len(hosts))) as pool:
            job = _Begun(self.turn, lambda: self.stopped) if isinstance(pool, ThreadPoolExecutor) else self.turn
            for answer in visit(hosts, job, pool, lambda: self.stopped):
                if answer.value is None or answer.value.state != NOT_BEGUN:
                    yield answer

    def soaked(self, hosts: Sequence[str]) -> Iterable[tuple[str, str]]:
        """Yield the hosts that are not well any more, each with what is wrong."""
        with self.pool(min(self.workers, max(1, len(hosts)))) as pool:
            for answer in visit(hosts, self.again, pool):
                trouble = answer.error if answer.value is None else _trouble(answer.value, self.gate)
                if trouble:
                    yield answer.host, trouble

    def stop(self) -> None:
        """Begin no further host of this wave; those in flight are finished."""
        self.stopped = True

    def sleep(self, seconds: float) -> None:
        """Sleep, but no longer than until ^C."""
        end = time.monotonic() + seconds
        while not self.interrupted and (left := end - time.monotonic()) > 0:
            time.sleep(min(_SLICE, left))

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Take the first ^C as a wish to stop, and the second as one to leave."""

        def stop(number: int, frame: object) -> None:
            del number, frame
            if self.interrupted:
                self.show("\nleft: steps that are under way go on on their hosts; the same command follows them")
                self.leave(Interrupted.status)
            self.stopped = self.interrupted = True
            self.show("\nno further host is begun; those in flight are finished. ^C again to leave them")

        before = signal.signal(signal.SIGINT, stop)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)


def turns(roll: Roll, workers: int, show: Callable[[str], object] = print) -> Turns:
    """The turns of a rollout in threads; after a wave has soaked, the doctor looks at its hosts again."""
    asked = Asked(roll.options.profile, deadline=roll.options.deadline)
    return Turns(roll, Doctor(asked, roll.access), workers, roll.gate, show=show)


def _trouble(report: Report, gate: Sequence[str]) -> str:
    """What is first wrong among the checks that count; empty when nothing is."""
    bad = [found for found in loudest_first(report.findings) if found.verdict in BROKEN]
    counted = [found for found in bad if not gate or found.check in gate]
    return f"{counted[0].check}: {counted[0].summary}" if counted else ""
