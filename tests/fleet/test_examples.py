"""The worked rollout scripts, each run whole on recorded hosts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from checks.facts.reading import Reading
from checks.facts.recording import Recording
from examples import canary, nightly, racks
from provision.fleet import Access, Terms
from tests.fleet.test_pool import FromRecordings
from tests.fleet.test_roll import Noted
from tests.test_apply import BARE, HEALTHY, FakeHost

ILL = Recording({**HEALTHY.readings, "smi": Reading(None, "")})


@dataclass(frozen=True)
class Recorded(Access):
    """Leads to hosts that answer with one recording after another."""

    hosts: dict[str, FakeHost] = field(default_factory=dict)

    @contextmanager
    def to(self, name: str) -> Iterator[Any]:
        yield self.hosts[name]


def fleet(**looks: list[Recording]) -> Recorded:
    return Recorded(hosts={name: FakeHost(list(found), name=name) for name, found in looks.items()})


def test_a_nightly_doctor_leaves_a_summary_by_finding(tmp_path: Path) -> None:
    file = tmp_path / "nightly.json"
    assert nightly.main(["--hosts", "gpu[1-3],rogue", "-o", str(file)], FromRecordings()) == 1
    made = json.loads(file.read_text(encoding="utf-8"))
    assert (made["hosts"], made["not_reached"]) == (4, ["rogue"])
    assert [(row["kind"], row["hosts"]) for row in made["rows"]] == [
        ("error", "rogue"), ("fail", "gpu[2-3]"), ("ok", "gpu1")
    ]  # fmt: skip
    assert nightly.main(["--hosts", "gpu1", "-o", str(file)], FromRecordings()) == 0


CANARY = ["--hosts", "gpu[1-3]", "--profile", "debian", "--canaries", "1"]
TURN = [BARE, BARE, HEALTHY]
"""What a host answers in its turn: twice what is to be done, and then that nothing is left."""


def test_a_canary_that_shows_nothing_new_lets_the_rest_follow(capsys: pytest.CaptureFixture[str]) -> None:
    hosts = fleet(gpu1=[BARE, BARE, *TURN, HEALTHY], gpu2=[BARE, *TURN], gpu3=[HEALTHY, HEALTHY])
    shown: list[str] = []

    def agree(text: str) -> bool:
        shown.append(text)
        return True

    assert canary.main(CANARY, agree, hosts) == 0
    assert shown[0].startswith("2 hosts: gpu[1-2]\n")
    assert [len(host.streamed) > 0 for host in hosts.hosts.values()] == [True, True, False]
    assert capsys.readouterr().out == "done\n"


def test_a_canary_with_a_new_sign_stops_the_rest(capsys: pytest.CaptureFixture[str]) -> None:
    hosts = fleet(gpu1=[BARE, BARE, *TURN, ILL], gpu2=[BARE], gpu3=[BARE])
    assert canary.main(CANARY, lambda _: True, hosts) == 1
    assert "stopped after the canaries: gpu1: nvidia_smi" in capsys.readouterr().out
    assert hosts.hosts["gpu2"].streamed == []


def test_what_is_not_agreed_to_is_not_done() -> None:
    hosts = fleet(gpu1=[BARE], gpu2=[BARE], gpu3=[BARE])
    assert canary.main(CANARY, lambda _: False, hosts) == 1
    assert [host.streamed for host in hosts.hosts.values()] == [[], [], []]


QUICK = Terms(max_failures=1)


def test_racks_are_waves_and_the_same_command_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--racks", "gpu[1-2] gpu3", "--profile", "debian", "--record", str(tmp_path / "r.jsonl")]
    hosts = fleet(gpu1=[BARE, *TURN], gpu2=[BARE, BARE, BARE, ILL], gpu3=[BARE])
    drain = Noted()
    only_asked = fleet(gpu1=[BARE], gpu2=[BARE], gpu3=[BARE])
    assert racks.main(arguments, only_asked, drain, QUICK) == 1
    assert "nothing was changed; --yes agrees" in capsys.readouterr().out
    assert racks.main([*arguments, "--yes"], hosts, drain, replace(QUICK, max_failures=0)) == 1
    assert "paused: 1 host failed; 0 may" in capsys.readouterr().out
    again = fleet(gpu2=[HEALTHY, HEALTHY], gpu3=[BARE, *TURN])
    assert racks.main([*arguments, "--yes"], again, drain, QUICK) == 0
    assert sorted(drain.calls) == ["back gpu1", "back gpu2", "back gpu3", "out gpu1", "out gpu2", "out gpu3"]
