"""`rollout` as it is typed, on recorded hosts: what is shown, what is asked, and what the record keeps."""

from __future__ import annotations

import io
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from checks.doctor import Asked
from checks.facts.recording import Recording, parse, render
from provision.answers import NAGIOS, PLANNING, RESULTS
from provision.fleet import Answer, Doctor, as_text, live, threads, visit
from provision.fleet.live import Noted, Table, watched
from provision.remote.program import main
from provision.verbs import rollout
from tests.fleet.test_examples import TURN, Recorded, fleet
from tests.hosts import read
from tests.test_apply import BARE, HEALTHY

Type = Callable[..., tuple[int, str, str]]


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Type:
    """Type `rollout` for gpu1 and gpu2 as recorded; its status, and what it printed on both outputs."""
    hosts = {"now": fleet()}
    monkeypatch.setattr(rollout, "access", lambda _: hosts["now"])

    def go(there: Recorded, *flags: str, tty: str = "") -> tuple[int, str, str]:
        hosts["now"] = there
        for state in (RESULTS, PLANNING, NAGIOS):
            state.clear()
        stdin = io.StringIO(tty)
        monkeypatch.setattr(stdin, "isatty", lambda: bool(tty))
        monkeypatch.setattr(sys, "stdin", stdin)
        record = str(tmp_path / "r.jsonl")
        words = ["rollout", "--hosts", "gpu[1-2]", "--profile", "debian", "--record", record, *flags]
        monkeypatch.setattr(sys, "argv", ["gpuwright", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return go


def both(*looks: Recording) -> Recorded:
    return fleet(gpu1=list(looks), gpu2=list(looks))


def events(tmp_path: Path) -> list[str]:
    return [json.loads(line)["event"] for line in (tmp_path / "r.jsonl").read_text(encoding="utf-8").splitlines()]


def test_a_dry_run_shows_waves_and_plans_and_keeps_nothing(typed: Type, tmp_path: Path) -> None:
    hosts = both(BARE)
    status, out, _ = typed(hosts, "--dry-run", "--yes")
    assert status == 0
    assert out.startswith("2 hosts in 2 waves; record: ")
    assert "   1. 1 host: gpu1\n   2. 1 host: gpu2\n2 hosts: gpu[1-2]\n    " in out
    assert "\n    install docker: docker.io\n" in out
    assert not (tmp_path / "r.jsonl").exists()
    assert [host.streamed for host in hosts.hosts.values()] == [[], []]


@pytest.mark.parametrize(
    ("answer", "words"), [("", "there is no terminal to ask on; --yes agrees to what is shown"), ("no\n", "not agreed")]
)
def test_without_consent_nothing_is_changed(typed: Type, tmp_path: Path, answer: str, words: str) -> None:
    hosts = both(BARE)
    status, _, said = typed(hosts, tty=answer)
    assert (status, words in said, "nothing was changed" in said) == (79, True, True)
    assert not (tmp_path / "r.jsonl").exists()
    assert [host.streamed for host in hosts.hosts.values()] == [[], []]


def test_what_is_agreed_to_is_done_kept_and_not_asked_again(typed: Type, tmp_path: Path) -> None:
    hosts = fleet(gpu1=[BARE, *TURN], gpu2=[BARE])
    status, out, said = typed(hosts, tty="y\n")
    assert (status, "the rollout paused: 1 host failed; 0 may" in said) == (80, True), out + said
    assert events(tmp_path) == ["agreed", "wave", "host", "wave", "host", "paused"]
    status, out, said = typed(fleet(gpu2=[BARE, *TURN]))
    assert status == 0, out + said
    assert "   1. 1 host (1 done): gpu1\n" in out
    assert "all of it was agreed to before" in out
    assert events(tmp_path)[-1] == "finished"


def test_a_rollout_that_is_finished_begins_anew_with_a_record_of_its_own(typed: Type, tmp_path: Path) -> None:
    assert typed(both(HEALTHY, HEALTHY), "--yes")[0] == 0
    assert typed(both(HEALTHY, HEALTHY), "--yes")[0] == 0
    assert len(list(tmp_path.glob("r.*.jsonl"))) == 1
    assert events(tmp_path) == ["agreed", "wave", "host", "wave", "host", "finished"]


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--canary", "few"), "--canary few: wants a number of hosts"),
        (("--wave", "110%"), "--wave 110%: wants a number of hosts"),
        (("--max-failures", "-1"), "--max-failures -1: wants a number of hosts"),
        (("--window", "22-06"), "--window 22-06: wants the hours"),
        (("--soak", "soon"), "--soak soon: wants 1 s to 60 m"),
        (("--gate", "nosuch"), "there is no check 'nosuch'"),
        (("--drain", "nomad"), "--drain nomad: wants one of none, kubernetes, slurm"),
        (("--reboot", "always"), "--reboot always: wants one of if-needed, never"),
        (("--only", "drivr"), "there is no component 'drivr'"),
    ],
)
def test_flags_that_make_no_sense_are_64_before_any_host_is_asked(
    typed: Type, flags: tuple[str, ...], words: str
) -> None:
    status, _, said = typed(fleet(), "--yes", *flags)
    assert (status, words in said) == (64, True), said


def test_a_host_that_answers_half_is_unknown_and_costs_only_itself() -> None:
    whole = read("healthy-debian12-a100")
    text = render(whole)
    hosts = fleet(gpu1=[whole], gpu2=[parse(text[: len(text) // 2])])
    with threads(2) as pool:
        found = list(visit(("gpu1", "gpu2"), Doctor(Asked(profile="debian"), hosts), pool))
    assert {answer.host: answer.value and answer.value.verdict for answer in found} == {"gpu1": "ok", "gpu2": "unknown"}
    assert "the answer of the host ends too early" in as_text(found)


class Screen(io.StringIO):
    """A terminal that is written to."""

    def isatty(self) -> bool:
        return True


THREE = [Answer("gpu1", "well"), Answer("gpu2", None, "gpu2: no connection", 69), Answer("gpu3", "well")]


def named(answer: Answer[str]) -> str:
    return answer.host


def found(answer: Answer[str]) -> list[str]:
    return [answer.error or "ok"]


def test_without_a_terminal_there_is_a_line_for_each_host_and_nothing_else() -> None:
    out = io.StringIO()
    assert list(watched(THREE, out, named, Table(3, found))) == THREE
    assert out.getvalue() == "gpu1\ngpu2\ngpu3\n"


def test_on_a_terminal_a_table_stands_below_them_and_is_gone_at_the_end() -> None:
    screen = Screen()
    assert list(watched(THREE, screen, named, Table(3, found))) == THREE
    assert "A\r\033[Jgpu2\n2 of 3 hosts, 1 not reached, 0 s\n" in screen.getvalue()
    assert screen.getvalue().endswith("A\r\033[J")


def test_the_table_names_the_slowest_hosts_and_counts_what_was_found() -> None:
    table = Table[str](12, found)
    job = Noted(str.upper, table)
    assert [job(f"gpu{number:02}") for number in range(12)][-1] == "GPU11"
    table.end(Answer("gpu00", "well"))
    table.end(Answer("gpu05", None, "no connection", 69))
    table.end(Answer("gpu06", "well"))
    lines = table.lines(80)
    assert lines[0].startswith("3 of 12 hosts, 1 not reached, ")
    assert [line.split()[0] for line in lines[1:9]] == [f"gpu{number:02}" for number in (1, 2, 3, 4, 7, 8, 9, 10)]
    assert lines[9:] == ["  and 1 more", "      2 x ok", "      1 x no connection"]
    assert max(map(len, table.lines(20))) == 19


def test_a_host_that_takes_long_is_seen_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "REDRAWN", 0.01)
    screen, table = Screen(), Table[str](1, found)
    table.begin("gpu1")

    def slow() -> Iterator[Answer[str]]:
        while screen.getvalue().count("gpu1") < 2:
            time.sleep(0.01)
        yield THREE[0]

    assert list(watched(slow(), screen, named, table)) == THREE[:1]
    assert "0 of 1 hosts, 0 not reached, 0 s\n  gpu1                 0 s\n" in screen.getvalue()
