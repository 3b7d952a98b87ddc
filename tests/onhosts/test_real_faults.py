"""Faults made for real on provisioned hosts: the doctor names the cause first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faultbench.made import FAULTS
from tests.faultbench.real import RealFault, first_finding, is_right

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lab.host import Host

pytestmark = [pytest.mark.lab, pytest.mark.slow]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_the_cause_comes_first(provisioned: Callable[..., Host], fault: RealFault) -> None:
    first = first_finding(provisioned("debian12", *fault.faults, gpus=fault.gpus), fault)
    assert is_right(fault, first), first
