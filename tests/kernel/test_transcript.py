"""A transcript is shortened in the middle, and says so."""

from __future__ import annotations

from tests.kernel.transcript import shortened


def test_what_is_short_stays_whole() -> None:
    assert shortened(["a", "b"], 2) == ["a", "b"]


def test_what_is_long_keeps_its_two_ends_and_says_how_much_is_missing() -> None:
    lines = [str(number) for number in range(10)]
    assert shortened(lines, 4) == ["0", "1", "... 6 lines left out ...", "8", "9"]
