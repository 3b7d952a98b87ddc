"""A job on each of many hosts: in threads and in processes, and what becomes of a host that goes wrong."""

from __future__ import annotations

import os
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

import pytest

from checks.doctor import Asked, diagnose
from checks.report import Report
from provision.errors import UnknownHostKey
from provision.fleet import Answer, as_text, one_line, rows, threads, visit
from tests.hosts import read

RECORDED = {"gpu1": "healthy-debian12-a100", "gpu2": "fails-nouveau", "gpu3": "fails-nouveau"}


@dataclass(frozen=True)
class FromRecordings:
    """The doctor, on recorded hosts."""

    asked: Asked = field(default_factory=lambda: Asked(profile="debian"))

    def __call__(self, host: str) -> Report:
        if host == "rogue":
            raise UnknownHostKey(f"{host}: its host key has CHANGED")
        if host == "bug":
            raise ZeroDivisionError
        if host == "crash":
            os._exit(1)
        return diagnose(read(RECORDED[host]), self.asked, host)


def by_host(answers: list[Answer[Report]]) -> dict[str, Answer[Report]]:
    return {answer.host: answer for answer in answers}


def test_each_host_gets_its_own_answer_and_trouble_costs_only_itself() -> None:
    with threads(4) as pool:
        found = by_host(list(visit(("gpu1", "rogue", "gpu2", "bug"), FromRecordings(), pool)))
    assert found["gpu1"].value is not None
    assert found["gpu1"].value.verdict == "ok"
    assert (found["rogue"].status, found["rogue"].error) == (76, "rogue: its host key has CHANGED")
    assert found["bug"].status == 70
    assert "please report this" in found["bug"].error


def test_hosts_results_and_errors_cross_a_process_boundary() -> None:
    with ProcessPoolExecutor(2) as pool:
        found = by_host(list(visit(("gpu1", "rogue", "gpu2"), FromRecordings(), pool)))
    assert {host: answer.status for host, answer in found.items()} == {"gpu1": 0, "rogue": 76, "gpu2": 0}
    assert found["gpu2"].value is not None
    assert found["gpu2"].value.verdict == "fail"


def test_a_worker_that_dies_is_an_error_of_its_hosts() -> None:
    with ProcessPoolExecutor(1) as pool:
        found = by_host(list(visit(("crash",), FromRecordings(), pool)))
    assert found["crash"].status == 70


def test_answers_come_as_they_are_ready() -> None:
    def job(host: str) -> str:
        time.sleep(0.5 if host == "slow" else 0)
        return host

    with threads(2) as pool:
        assert [answer.host for answer in visit(("slow", "quick"), job, pool)] == ["quick", "slow"]


def test_what_has_not_begun_does_not_begin_once_nobody_asks_any_more() -> None:
    begun: list[str] = []

    def job(host: str) -> str:
        begun.append(host)
        time.sleep(0.05)
        return host

    with threads(1) as pool:
        answers = visit([f"gpu{number}" for number in range(50)], job, pool)
        next(answers)
        answers.close()  # type: ignore[attr-defined] # a generator
    assert len(begun) < 5


@pytest.fixture
def answers() -> list[Answer[Report]]:
    """Four hosts, examined."""
    job = FromRecordings()
    made = [Answer(host, job(host), seconds=0.5) for host in RECORDED]
    return [*made, Answer("gpu9", None, "gpu9: no connection to gpu9:22: refused", 69, 3.0)]


def test_the_summary_groups_hosts_by_what_they_have_in_common(answers: list[Answer[Report]]) -> None:
    assert [(row.kind, row.hosts) for row in rows(answers)] == [
        ("error", ("gpu9",)),
        ("fail", ("gpu2", "gpu3")),
        ("ok", ("gpu1",)),
    ]
    text = as_text(answers)
    assert text.startswith("4 hosts: 2 failed, 1 not examined, 1 ok\n")
    assert "FAIL    2 hosts  nouveau [0000:3b:00.0]: nouveau holds the GPU\n        gpu[2-3]\n" in text
    assert "ERROR   1 host   no connection to HOST:22: refused\n" in text


def test_a_host_is_one_line_as_it_comes(answers: list[Answer[Report]]) -> None:
    assert one_line(answers[0]) == "gpu1             OK        0.5 s"
    assert one_line(answers[1]).startswith("gpu2             FAIL      0.5 s  nouveau [0000:3b:00.0]: nouveau holds")
    assert one_line(answers[3]).startswith("gpu9             ERROR     3.0 s  no connection")
