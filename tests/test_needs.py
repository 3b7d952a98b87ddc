"""`--only` asks a host for what those checks read, and for everything once they find something."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from checks import needs
from checks.doctor import Asked, diagnose, probe
from checks.facts import TOPICS
from checks.facts.reading import Reading
from checks.facts.recording import Recording, render
from checks.needs import EVERYBODY, TABLE
from checks.select import select
from tests.hosts import read
from tests.needs import page

HEALTHY = "healthy-debian12-a100"


class Host:
    """A shell that answers the topics it is asked for from a recording, and notes them."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.asked: list[set[str]] = []

    def run(self, script: str, deadline: float) -> str:
        del deadline
        wanted = {topic for topic in TOPICS if f"\nstart {topic}\n" in script}
        self.asked.append(wanted)
        return render(Recording({name: found for name, found in self.recording.readings.items() if name in wanted}))


def with_topic(recording: Recording, topic: str, text: str) -> Recording:
    return Recording({**recording.readings, topic: Reading(0, text)})


def test_the_table_says_what_the_checks_read() -> None:
    assert TABLE.read_text(encoding="utf-8") == page()


def test_a_few_checks_cost_one_exec_with_a_few_topics() -> None:
    host, asked = Host(read(HEALTHY)), Asked(selection=select("clock,bmc_events"))
    report = diagnose(probe(host, asked), asked, "gpu01")
    assert host.asked == [EVERYBODY | {"clock", "machine", "sources", "bmc"}]
    assert {finding.verdict for finding in report.findings} <= {"ok", "skipped"}
    whole = diagnose(read(HEALTHY), asked, "gpu01")
    assert report.findings == whole.findings


@pytest.mark.parametrize("chosen", [Asked(), Asked(selection=select(skip="clock"))])
def test_all_checks_ask_for_everything(chosen: Asked) -> None:
    host = Host(read(HEALTHY))
    probe(host, chosen)
    assert host.asked == [set(TOPICS)]


def test_once_something_is_found_everything_is_asked_for_its_remedy() -> None:
    broken = with_topic(read(HEALTHY), "bonds", "bond bond0 down\n")
    host = Host(broken)
    found = probe(host, Asked(selection=select("bond_links")))
    assert host.asked == [EVERYBODY | {"bonds"}, set(TOPICS)]
    assert set(found.readings) >= {"smi", "docker"}


def test_a_check_that_reads_more_than_was_seen_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(_: Iterable[object]) -> frozenset[str]:
        return EVERYBODY

    monkeypatch.setattr(needs, "topics", nothing)
    host = Host(read(HEALTHY))
    probe(host, Asked(selection=select("clock")))
    assert host.asked == [EVERYBODY, set(TOPICS)]
