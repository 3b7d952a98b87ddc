"""A rollout, wave by wave, without hosts: what it agrees to, when it pauses, and how the same command goes on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from checks.facts.reading import Reading
from checks.facts.recording import Recording
from provision.errors import BadInput, Usage
from provision.fleet.journal import Journal, read
from provision.fleet.pool import Answer
from provision.fleet.roll import Rolled, troubles
from provision.fleet.rollout import Say, Terms, roll_out
from provision.fleet.waves import share, waves, window
from tests.hosts import DEBIAN, HEALTHY
from tests.hosts import read as read_host

HOSTS = tuple(f"gpu{number:02d}" for number in range(1, 11))
DONE = Rolled("done", changed=True)


def test_canaries_come_first_and_then_waves() -> None:
    assert [len(wave) for wave in waves(HOSTS, 2, 3)] == [2, 3, 3, 2]
    assert [len(wave) for wave in waves(HOSTS, 0, 10)] == [10]
    assert [host for wave in waves(HOSTS, 1, 4) for host in wave] == list(HOSTS)


def test_a_share_is_a_number_or_a_percentage() -> None:
    assert (share("--wave", "10%", 200), share("--wave", "7", 200), share("--wave", "1%", 20)) == (20, 7, 0)
    for wrong in ("", "x", "110%", "-1", "1.5"):
        with pytest.raises(Usage, match="--wave"):
            share("--wave", wrong, 10)


@pytest.mark.parametrize(
    ("text", "clock", "minutes"),
    [
        ("22:00-06:00", "23:30", 0),
        ("22:00-06:00", "05:59", 0),
        ("22:00-06:00", "06:00", 16 * 60),
        ("09:00-17:00", "08:30", 30),
        ("09:00-17:00", "18:00", 15 * 60),
    ],
)
def test_waves_begin_inside_the_window(text: str, clock: str, minutes: int) -> None:
    asked = window(text)
    assert asked is not None
    now = datetime.fromisoformat(f"2026-01-01T{clock}:00+00:00")
    assert asked.wait(now) == timedelta(minutes=minutes)


def test_a_window_that_makes_no_sense_is_said() -> None:
    assert window("") is None
    for wrong in ("22-06", "25:00-06:00", "06:00-06:00"):
        with pytest.raises(Usage, match="such as 22:00-06:00"):
            window(wrong)


@dataclass
class Fleet:
    """Hosts that end as told, done unless told otherwise, and what was asked of them."""

    ends: dict[str, Rolled] = field(default_factory=dict)
    unreachable: tuple[str, ...] = ()
    visited: list[list[str]] = field(default_factory=list)
    sick_later: dict[str, str] = field(default_factory=dict)
    stopped: bool = False
    interrupted: bool = False

    def visit(self, hosts: Sequence[str]) -> Iterable[Answer[Rolled]]:
        self.visited.append(list(hosts))
        for host in hosts:
            if self.stopped:
                return
            if host in self.unreachable:
                yield Answer(host, None, f"{host}: no connection", 69)
            else:
                yield Answer(host, self.ends.get(host, DONE))

    def stop(self) -> None:
        self.stopped = True

    def sleep(self, seconds: float) -> None:
        raise AssertionError(seconds)

    def soaked(self, hosts: Sequence[str]) -> Iterator[tuple[str, str]]:
        yield from ((host, self.sick_later[host]) for host in hosts if host in self.sick_later)


@dataclass
class Clock:
    """A clock that moves only when somebody sleeps."""

    now: datetime = datetime(2026, 1, 1, 21, 0, tzinfo=timezone.utc)
    shown: list[str] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def say(self, sleep: Callable[[float], object] | None = None) -> Say:
        return Say(self.shown.append, lambda: self.now, sleep or self.sleep)


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., tuple[str, Clock]]:
    """Roll out over the ten hosts, two canaries and waves of four, with the record of this test."""

    def go(fleet: Fleet, sleep: Callable[[float], object] | None = None, **terms: object) -> tuple[str, Clock]:
        clock = Clock()
        journal = read(tmp_path / "record.jsonl")
        why = roll_out(tuple(waves(HOSTS, 2, 4)), fleet, journal, Terms(**terms), clock.say(sleep))  # type: ignore[arg-type]
        return why, clock

    return go


Run = Callable[..., tuple[str, Clock]]


def test_all_well_is_every_wave_and_then_finished(run: Run, tmp_path: Path) -> None:
    fleet = Fleet()
    why, _ = run(fleet)
    assert why == ""
    assert [len(wave) for wave in fleet.visited] == [2, 4, 4]
    assert read(tmp_path / "record.jsonl").finished


def test_the_failure_budget_stops_at_the_right_wave(run: Run) -> None:
    bad = {host: Rolled("failed", "docker_running: docker is not running") for host in ("gpu03", "gpu05")}
    fleet = Fleet(bad)
    why, clock = run(fleet, max_failures=1)
    assert why == "2 hosts failed; 1 may"
    assert len(fleet.visited) == 2
    assert "paused: 2 hosts failed; 1 may" in clock.shown


def test_the_same_command_goes_on_and_does_not_repeat_work(run: Run) -> None:
    first = Fleet(unreachable=("gpu04",))
    assert run(first)[0] == "1 host failed; 0 may"
    second = Fleet()
    assert run(second)[0] == ""
    assert second.visited[0][0] == "gpu04"
    assert "gpu01" not in {host for wave in second.visited for host in wave}


def test_trouble_that_no_host_had_before_pauses_and_is_then_known(run: Run) -> None:
    xid = Rolled("failed", "xid: Xid 79", changed=True, classes=("xid 79",))
    fleet = Fleet({"gpu01": xid})
    why, _ = run(fleet, max_failures=5)
    assert why == "trouble that no host had before: xid 79 (first on gpu01)"
    assert len(fleet.visited) == 1
    again = Fleet({"gpu01": DONE, "gpu07": xid})
    assert run(again, max_failures=5)[0] == "1 host failed: gpu07"


def test_a_host_that_falls_ill_while_it_soaks_pauses_the_rollout(run: Run) -> None:
    fleet = Fleet(sick_later={"gpu02": "xid: Xid 48"})
    why, clock = run(fleet, soak=600.0)
    assert why == "gpu02 was well and is not any more: xid: Xid 48"
    assert clock.now == datetime(2026, 1, 1, 21, 10, tzinfo=timezone.utc)


def test_hosts_that_were_not_begun_are_left_for_the_next_time(run: Run, tmp_path: Path) -> None:
    class Interrupted(Fleet):
        def visit(self, hosts: Sequence[str]) -> Iterable[Answer[Rolled]]:
            self.interrupted = True
            return list(super().visit(hosts))[:1]

    assert run(Interrupted())[0] == "interrupted"
    assert read(tmp_path / "record.jsonl").ended == {"gpu01": "done"}
    again = Fleet()
    assert run(again)[0] == ""
    assert again.visited[0] == ["gpu02"]


def test_those_in_flight_when_too_many_have_failed_are_finished_and_kept(run: Run, tmp_path: Path) -> None:
    class Parallel(Fleet):
        def visit(self, hosts: Sequence[str]) -> Iterable[Answer[Rolled]]:
            self.visited.append(list(hosts))
            return [Answer(host, Rolled("failed", "x") if host == "gpu01" else DONE) for host in hosts]

    fleet = Parallel()
    assert run(fleet)[0] == "1 host failed; 0 may"
    assert (len(fleet.visited), fleet.stopped) == (1, True)
    assert read(tmp_path / "record.jsonl").ended == {"gpu01": "failed", "gpu02": "done"}


def test_hosts_that_failed_before_have_another_turn_before_they_count(run: Run) -> None:
    bad = Rolled("failed", "x")
    assert run(Fleet({"gpu03": bad, "gpu04": bad}), max_failures=1)[0] == "2 hosts failed; 1 may"
    assert run(Fleet())[0] == ""


def test_a_wave_that_did_not_soak_to_its_end_soaks_again(run: Run) -> None:
    class StoppedAsleep(Fleet):
        def stop_asleep(self, seconds: float) -> None:
            del seconds
            self.interrupted = True

    first = StoppedAsleep()
    assert run(first, soak=60.0, sleep=first.stop_asleep)[0] == "interrupted"
    again = Fleet(sick_later={"gpu02": "xid: Xid 48"})
    assert run(again, soak=60.0)[0].startswith("gpu02 was well and is not any more")
    assert again.visited == []


def test_outside_the_window_it_waits(run: Run) -> None:
    why, clock = run(Fleet(), window=window("22:00-06:00"))
    assert why == ""
    assert clock.shown[0] == "outside the window: waiting until 22:00"


def test_a_pause_runs_the_operators_command(run: Run, tmp_path: Path) -> None:
    run(Fleet(unreachable=("gpu01",)), on_pause=f"echo paused >{tmp_path}/said")
    assert (tmp_path / "said").read_text() == "paused\n"


def test_the_record_survives_a_crash_in_the_middle_of_a_line(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "r.jsonl")
    journal.add("host", host="gpu01", state="done", why="", classes=[])
    with journal.path.open("a", encoding="utf-8") as file:
        file.write('{"event": "host", "host": "gpu02", "sta')
    assert read(journal.path).ended == {"gpu01": "done"}


def test_what_could_not_be_read_after_a_turn_is_trouble() -> None:
    silent = Recording({**read_host(HEALTHY).readings, "smi": Reading(None, "")})
    assert "nvidia_smi" in troubles(silent, DEBIAN, ())
    assert troubles(read_host(HEALTHY), DEBIAN, ()) == {}
    assert troubles(silent, DEBIAN, ("docker_running",)) == {}


def test_a_file_that_is_no_record_is_refused(tmp_path: Path) -> None:
    (tmp_path / "r.jsonl").write_text(json.dumps([1]) + "\n", encoding="utf-8")
    with pytest.raises(BadInput, match=r"r\.jsonl:1: not a line of a rollout's record"):
        read(tmp_path / "r.jsonl")
