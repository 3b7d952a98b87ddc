"""What changed: entries in the order of time, the first sign of trouble marked, and what led to it shown."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest

from checks import report
from checks.doctor import WINDOW, Asked, diagnose, look_at
from checks.facts import Facts
from checks.facts.reading import Reading
from checks.facts.recording import Recording, render
from checks.timeline import Entry, Timeline, merge
from tests.faultbench.timeline import STORIES, Story
from tests.hosts import HEALTHY, read


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_the_cause_is_shown_before_the_first_sign_of_trouble(story: Story) -> None:
    made = diagnose(story.recording(), Asked(), "gpu01")
    assert made.timeline
    *before, sign = made.timeline.up_to_trouble()
    assert story.marked in sign.text
    assert any(story.cause in entry.text for entry in before)
    times = [entry.time for entry in made.timeline.entries]
    assert times == sorted(times)


def test_text_marks_the_sign_and_json_holds_all() -> None:
    made = diagnose(STORIES[0].recording(), Asked(), "gpu01")
    text = report.as_text(made)
    assert "what changed before the first sign of trouble (UTC)\n" in text
    assert "      > 2026-11-22 17:16  kernel   NVRM: API mismatch" in text
    entries = json.loads(report.as_json(made))["timeline"]
    assert [entry["text"] for entry in entries if entry["first"]] == [
        "NVRM: API mismatch: the client has the version 535.309.01"
    ]
    assert entries[-1]["kind"] == "doctor"


def test_since_shows_everything_and_a_well_host_has_a_timeline_only_then() -> None:
    healthy = read(HEALTHY)
    assert diagnose(healthy, Asked(), "gpu01").timeline is None
    made = diagnose(healthy, Asked(since="7d"), "gpu01")
    assert made.timeline
    text = report.as_text(made)
    assert "what changed (UTC)\n" in text
    assert "nvidia-kernel-dkms" in text
    assert "events could not be read" in text


def test_only_the_last_entries_before_the_trouble_are_shown() -> None:
    entries = tuple(Entry(time, "file", f"/etc/{time}") for time in range(100))
    timeline = Timeline((*entries, Entry(100, "kernel", "Xid", trouble=True), Entry(101, "file", "later")))
    shown = timeline.up_to_trouble()
    assert [entry.time for entry in shown] == list(range(88, 101))
    assert Timeline(entries).up_to_trouble()[-1].time == 99


def test_a_transaction_of_other_packages_is_counted() -> None:
    recording = read(HEALTHY)
    line = "zone +0000 1795367988\napt\t2026-11-22  17:00:00\tjoe (1000)\tapt install vim\t3\n"
    facts = Facts(Recording({**recording.readings, "history": Reading(0, line)}))
    texts = [entry.text for entry in merge(facts, 0).entries]
    assert "3 packages by apt install vim for joe (1000)" in texts


class Host:
    """A shell that answers the probe with one recording and the second exec with another."""

    def __init__(self, first: Recording, second: Recording) -> None:
        self.answers = [first, second]
        self.scripts: list[str] = []

    def run(self, script: str, deadline: float) -> str:
        del deadline
        self.scripts.append(script)
        return render(self.answers[len(self.scripts) - 1])


def asked_of(recording: Recording, asked: Asked) -> tuple[Host, Recording]:
    second = Recording({"events": Reading(0, ""), "changes": Reading(0, "")})
    host = Host(recording, second)
    return host, look_at(host, asked)


@pytest.mark.parametrize(("asked", "execs"), [(Asked(), 1), (Asked(since="2 days ago"), 2)])
def test_a_well_host_costs_one_exec(asked: Asked, execs: int) -> None:
    host, found = asked_of(read(HEALTHY), asked)
    assert len(host.scripts) == execs
    assert ("events" in found.readings) is (execs == 2)


def quoted(command: str) -> str:
    """A part of a topic's command as the probe carries it, within quotes."""
    return shlex.quote(command)[1:-1]


def test_a_broken_host_is_asked_for_the_last_week() -> None:
    host, found = asked_of(STORIES[1].recording(), Asked())
    assert len(host.scripts) == 2
    assert "changes" in found.readings
    assert WINDOW == 7 * 24 * 3600
    assert quoted("--since '2026-11-15 17:19:48'") in host.scripts[1]


def test_what_was_asked_since_is_that() -> None:
    host, _ = asked_of(STORIES[1].recording(), Asked(since="2026-11-20"))
    assert quoted("--since '2026-11-20 00:00:00'") in host.scripts[1]


def data(made: Any) -> Any:
    return json.loads(report.as_json(made))


def test_a_report_without_a_timeline_has_no_such_key() -> None:
    assert "timeline" not in data(diagnose(read(HEALTHY), Asked(), "gpu01"))
