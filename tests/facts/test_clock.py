"""What the services that keep the clock say: chronyd, ntpd and systemd-timesyncd in their own words."""

from __future__ import annotations

import pytest

from checks.facts.clock import parse
from checks.facts.reading import Reading


@pytest.mark.parametrize(
    ("text", "synchronized"),
    [
        ("daemon chronyd\nchrony Leap status: Normal\n", True),
        ("daemon chronyd\nchrony Leap status: Not synchronised\n", False),
        ("daemon chronyd\n", None),
        ("daemon ntpd\nntp leap=00, stratum=3, offset=0.1\n", True),
        ("daemon ntpd\nntp leap=11, stratum=16, offset=0.0\n", False),
        ("daemon systemd-timesyn\nsynchronized systemd-timesyn\n", True),
        ("daemon systemd-timesyn\n", False),
        ("", None),
    ],
)
def test_whether_the_clock_is_right(text: str, synchronized: bool | None) -> None:
    assert parse(Reading(0, text)).synchronized is synchronized
