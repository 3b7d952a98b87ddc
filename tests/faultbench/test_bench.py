"""Each fault of the bench is named, the cause first; and the law holds on each host that has one."""

from __future__ import annotations

import pytest

from checks.examine import CHECKS, name
from checks.facts import Facts
from tests.faultbench import FAULTS, replay
from tests.faultbench.fault import Fault
from tests.faultbench.said import FILE, page
from tests.hosts import NAMES
from tests.test_recordings import law


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_the_cause_comes_first(fault: Fault) -> None:
    result = replay(fault)
    assert result.right, result.first


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_the_law_holds_on_a_host_with_a_fault(fault: Fault) -> None:
    law(Facts(fault.recording()), fault.profile)


def test_faults_have_names_of_their_own() -> None:
    names = [fault.name for fault in FAULTS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("check", [name(check) for check in CHECKS])
def test_each_check_has_a_fault_that_makes_it_speak(check: str) -> None:
    assert check in {fault.cause for fault in FAULTS} or f"fails-{check}" in NAMES


def test_the_words_are_those_that_were_read() -> None:
    assert page() == FILE.read_text(encoding="utf-8")
