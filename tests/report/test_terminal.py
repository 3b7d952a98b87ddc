"""Colour and width belong to a terminal, and to one that wants them."""

from __future__ import annotations

import io

import pytest

from checks.report.terminal import look


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environment", "colour"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)],
)
def test_colour_on_a_terminal_unless_it_is_not_wanted(
    environment: dict[str, str], colour: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key, value in ({"TERM": "xterm", "COLUMNS": "77"} | environment).items():
        monkeypatch.setenv(key, value)
    assert look(Terminal()) == {"colour": colour, "width": 77}


def test_elsewhere_lines_are_plain_and_whole() -> None:
    assert look(io.StringIO()) == {"colour": False, "width": 0}
