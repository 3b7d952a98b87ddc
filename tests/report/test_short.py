"""The report is short when one thing is wrong: its cause first, with the line that proves it, the rest in brief."""

from __future__ import annotations

import pytest

from checks import report
from checks.examine import examine
from checks.facts import Facts
from tests.faultbench import FAULTS
from tests.faultbench.fault import Fault

SCREEN = 24
"""Lines of the terminal that a person at night has before them."""


ONE = [fault for fault in FAULTS if not fault.base.startswith("bare-")]
"""On a bare host everything is missing besides."""


@pytest.mark.parametrize("fault", ONE, ids=lambda fault: fault.name)
def test_one_fault_takes_a_screen_and_its_cause_comes_first(fault: Fault) -> None:
    found = Facts(fault.recording())
    text = report.as_text(report.of(found, "gpu01", "debian", examine(found, fault.profile)))
    assert text.split("\n\n")[1].split()[1].rstrip(":") == fault.cause
    assert len(text.splitlines()) <= SCREEN, text
