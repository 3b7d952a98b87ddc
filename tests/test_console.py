"""A run on a terminal and elsewhere: what is printed, what is wiped again, and colour only where it is wanted."""

from __future__ import annotations

import io

import pytest

from provision.console import Terminal
from provision.errors import NoConsent

LOG = (
    "@ begin 01/02 install docker",
    " Get:1 http://archive docker.io",
    "@ tick",
    "@ waiting 590 apt-get upgrade (pid 812, running for 64 s) holds /var/lib/dpkg/lock-frontend",
    "@ done 01",
    "@ begin 02/02 start it",
    "@ failed 02 1",
    "@ undone 02",
    "@ end 1",
)


def printed(*, live: bool = False, verbose: bool = False, colour: bool = False) -> str:
    out = io.StringIO()
    terminal = Terminal(out, verbose=verbose, live=live, colour=colour)
    for line in LOG:
        terminal.event(line)
    return out.getvalue()


def test_elsewhere_each_step_is_a_plain_line() -> None:
    assert printed() == (
        "  01/02 install docker ...\n"
        "     waiting for apt-get upgrade (pid 812, running for 64 s) holds /var/lib/dpkg/lock-frontend,"
        " 590 s more at most\n"
        "  01/02: done, 0 s\n"
        "  02/02 start it ...\n"
        "  02/02 start it: failed\n"
        "  02/02 start it: undone\n"
    )


def test_verbose_adds_the_output_of_the_steps() -> None:
    assert "     Get:1 http://archive docker.io\n" in printed(verbose=True)
    assert "tick" not in printed(verbose=True)


def test_a_terminal_has_one_changing_line_that_is_wiped() -> None:
    lines = printed(live=True).split("\r\033[K")
    assert lines[1] == "  01/02 install docker, 0 s"
    assert lines[2] == lines[3] == "  01/02 install docker, 0 s: Get:1 http://archive docker.io"
    assert lines[4].startswith("  01/02 install docker, 0 s: waiting for apt-get upgrade (pid 812")
    assert lines[5] == "  01/02 install docker: done, 0 s\n"
    assert lines[-1] == "  02/02 start it: undone\n"
    assert len(lines[4]) < 80


def test_colour_is_only_where_it_was_asked_for() -> None:
    assert "\033[3" not in printed(live=True)
    assert "\033[32mdone\033[0m" in printed(live=True, colour=True)
    assert "\033[31mfailed\033[0m" in printed(live=True, colour=True)


@pytest.mark.parametrize(("no_color", "escapes"), [("1", False), ("", True)])
def test_no_color_is_heeded_on_a_terminal(monkeypatch: pytest.MonkeyPatch, no_color: str, escapes: bool) -> None:
    monkeypatch.setenv("NO_COLOR", no_color)
    out = io.StringIO()
    terminal = Terminal(out, live=True)
    for line in LOG:
        terminal.event(line)
    assert ("\033[3" in out.getvalue()) is escapes


def test_control_characters_of_a_log_do_not_reach_the_terminal() -> None:
    out = io.StringIO()
    terminal = Terminal(out, live=True)
    terminal.event("@ begin 01/01 one")
    terminal.event(" 50%\r\033[2J\ttwo")
    assert "\033[2J" not in out.getvalue()


def test_where_nobody_can_be_asked_nobody_agrees(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    with pytest.raises(NoConsent):
        Terminal(io.StringIO()).agree("Apply this?")
