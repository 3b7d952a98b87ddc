"""--since reads times as people write them, and says what would be one."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.since import BadTime, moment

NOW = int(datetime(2026, 11, 22, 17, 20, 0, tzinfo=timezone.utc).timestamp())


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2 days ago", "2026-11-20 17:20:00"),
        ("12h", "2026-11-22 05:20:00"),
        ("-90min", "2026-11-22 15:50:00"),
        ("1 hour 30 min ago", "2026-11-22 15:50:00"),
        ("1h30m", "2026-11-22 15:50:00"),
        ("1w", "2026-11-15 17:20:00"),
        ("today", "2026-11-22 00:00:00"),
        ("Yesterday", "2026-11-21 00:00:00"),
        ("2026-11-20", "2026-11-20 00:00:00"),
        ("2026-11-20 03:11", "2026-11-20 03:11:00"),
        ("2026-11-20T03:11:12", "2026-11-20 03:11:12"),
    ],
)
def test_a_time_as_people_write_it(text: str, meant: str) -> None:
    assert datetime.fromtimestamp(moment(text, NOW), tz=timezone.utc).strftime("%Y-%m-%d %H:%M:%S") == meant


@pytest.mark.parametrize("text", ["", "soon", "2 fortnights ago", "12", "12h and more", "2026-13-01", "h", "ago"])
def test_what_names_no_time_is_refused(text: str) -> None:
    with pytest.raises(BadTime, match="write '2 days ago'"):
        moment(text, NOW)


def test_the_future_is_refused() -> None:
    with pytest.raises(BadTime, match="lies in the future"):
        moment("2026-12-01", NOW)


@given(st.text(max_size=20))
def test_arbitrary_text_is_a_time_or_refused(text: str) -> None:
    try:
        assert 0 <= moment(text, NOW) <= NOW or text.strip()
    except BadTime as error:
        assert str(error)
