"""The hosts' turns: in threads and in processes, and ^C once and twice."""

from __future__ import annotations

import signal
import threading
import time
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass, field

from checks.report import Report
from provision.fleet import threads
from provision.fleet.roll import Rolled
from provision.fleet.turns import Turns
from tests.fleet.test_pool import FromRecordings

HOSTS = tuple(f"gpu{number}" for number in range(1, 9))


def done(host: str) -> Rolled:
    return Rolled("done", host)


def again(host: str) -> Report:
    return FromRecordings()(host)


def one_process(workers: int) -> Executor:
    del workers
    return ProcessPoolExecutor(1)


def test_turns_are_done_in_processes_too() -> None:
    turns = Turns(done, again, 1, pool=one_process)
    assert sorted(answer.host for answer in turns.visit(HOSTS)) == sorted(HOSTS)
    assert [host for host, _ in turns.soaked(("gpu1", "gpu2"))] == ["gpu2"]


def test_a_host_that_is_ill_after_its_wave_soaked_is_named_with_its_trouble() -> None:
    turns = Turns(done, again, 4)
    assert dict(turns.soaked(("gpu1", "gpu2", "rogue"))) == {
        "gpu2": "nouveau: nouveau holds the GPU",
        "rogue": "rogue: its host key has CHANGED",
    }
    gated = Turns(done, again, 4, gate=("docker_running",))
    assert dict(gated.soaked(("gpu1", "gpu2"))) == {}


@dataclass
class Flight:
    """Two turns that are in flight until they may land; then the next would begin."""

    begun: list[str] = field(default_factory=list)
    both: threading.Barrier = field(default_factory=lambda: threading.Barrier(3))
    land: threading.Event = field(default_factory=threading.Event)

    def __call__(self, host: str) -> Rolled:
        self.begun.append(host)
        self.both.wait(10)
        self.land.wait(10)
        return Rolled("done")


def test_the_first_interrupt_finishes_those_in_flight_and_the_second_leaves() -> None:
    flight = Flight()
    shown: list[str] = []
    left: list[int] = []
    turns = Turns(flight, again, 2, show=shown.append, leave=left.append)
    with turns.interruptible(), threads(1) as beside:
        visit = beside.submit(lambda: [answer.host for answer in turns.visit(HOSTS)])
        flight.both.wait(10)
        signal.raise_signal(signal.SIGINT)
        flight.land.set()
        answers = visit.result(10)
        signal.raise_signal(signal.SIGINT)
    assert sorted(answers) == sorted(flight.begun)
    assert len(answers) == 2
    assert left == [130]
    assert "no further host is begun; those in flight are finished" in shown[0]
    assert "steps that are under way go on on their hosts" in shown[1]


def test_who_sleeps_wakes_at_an_interrupt() -> None:
    turns = Turns(done, again, 1, show=lambda _: None)
    with turns.interruptible():
        threading.Timer(0.05, signal.raise_signal, (signal.SIGINT,)).start()
        began = time.monotonic()
        turns.sleep(60)
    assert time.monotonic() - began < 5
