"""A run on a terminal: what step it is in, for how long, and the last line of its log; plain lines elsewhere."""

from __future__ import annotations

import os
import shutil
import sys
import time
from typing import TextIO

from provision.errors import NobodyToAsk

_COLOURS = {"done": "\033[32m", "undone": "\033[33m"}
_MIB = 1024 * 1024
_FAILED, _PLAIN = "\033[31m", "\033[0m"


class Terminal:
    """Implements `Console` on text streams.

    `verbose` prints every line of the steps' output; `live` keeps one changing line at the bottom (a terminal, unless
    told); `colour` is for a terminal whose owner has not set NO_COLOR,
    unless told.
    """

    def __init__(
        self, out: TextIO, *, verbose: bool = False, live: bool | None = None, colour: bool | None = None
    ) -> None:
        self._out = out
        self._verbose = verbose
        self._live = out.isatty() if live is None else live
        self._colour = self._live and not os.environ.get("NO_COLOR") if colour is None else colour
        self._number = ""
        self._title = ""
        self._last = ""
        self._began = 0.0
        self._said = 0.0

    def show(self, text: str) -> None:
        """Print a text for a person."""
        self._clear()
        self._out.write(text)
        self._out.flush()

    def agree(self, question: str) -> bool:
        """Ask on the terminal; `NobodyToAsk` where there is none."""
        if not sys.stdin.isatty():
            raise NobodyToAsk("there is no terminal to ask on; --yes agrees to what is shown")
        self.show(f"{question} [y/N] ")
        return sys.stdin.readline().strip().lower() in ("y", "yes")

    def event(self, line: str) -> None:
        """Steps as they begin and end; their output only if asked for, or as one changing line on a terminal."""
        if not line.startswith("@ "):
            self._output(line.strip())
            return
        word, _, rest = line.removeprefix("@ ").partition(" ")
        if word == "begin":
            self._number, _, self._title = rest.partition(" ")
            self._began, self._last = time.monotonic(), ""
            if self._live:
                self._status()
            else:
                self.show(f"  {self._number} {self._title} ...\n")
        elif word == "tick" and self._live and self._title:
            self._status()
        elif word == "waiting":
            left, _, holder = rest.partition(" ")
            self._wait(f"waiting for {holder}, {left} s more at most")
        elif word == "done":
            title = f" {self._title}" if self._live else ""
            self.show(f"  {self._number}{title}: {self._word('done')}, {self._time()}\n")
            self._title = ""
        elif word in ("failed", "undone", "not-undone"):
            self.show(f"  {self._number} {self._title}: {self._word(word.replace('-', ' '))}\n")
        elif word == "stopped":
            self.show(f"  {rest} and what follows it: not begun\n")

    def waiting(self, seconds: float) -> None:
        """The host has been rebooting for so long."""
        if self._live:
            self._line(f"  waiting for the host, {seconds:.0f} s")
        elif seconds - self._said > 30:
            self._said = seconds
            self.show(f"  still waiting for the host, {seconds:.0f} s\n")

    def bringing(self, name: str, sent: int, size: int) -> None:
        """So many of a file's bytes have been sent to the host."""
        now = time.monotonic()
        if not sent:
            self._began, self._said = now, now
        text = f"sending {name}: {sent / _MIB:.1f} of {size / _MIB:.1f} MiB"
        if sent == size:
            self.show(f"  sent {name}: {size / _MIB:.1f} MiB, {self._time()}\n")
        elif self._live and now - self._said > 0.2:
            self._said = now
            self._line(f"  {text}, {self._time()}")
        elif now - self._said > 30:
            self._said = now
            self.show(f"  {text}\n")

    def _wait(self, text: str) -> None:
        if self._live and not self._verbose:
            self._last = text
            self._status()
        else:
            self.show(f"     {text}\n")

    def _output(self, line: str) -> None:
        if self._verbose:
            self.show(f"     {line}\n")
        elif self._live:
            self._last = line
            self._status()

    def _status(self) -> None:
        self._line(f"  {self._number} {self._title}, {self._time()}{': ' if self._last else ''}{self._last}")

    def _time(self) -> str:
        minutes, seconds = divmod(int(time.monotonic() - self._began), 60)
        return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"

    def _word(self, text: str) -> str:
        return f"{_COLOURS.get(text, _FAILED)}{text}{_PLAIN}" if self._colour else text

    def _line(self, text: str) -> None:
        width = shutil.get_terminal_size().columns - 1
        plain = "".join(letter if letter.isprintable() else " " for letter in text)
        self._out.write(f"\r\033[K{plain[:width]}")
        self._out.flush()

    def _clear(self) -> None:
        if self._live:
            self._out.write("\r\033[K")
