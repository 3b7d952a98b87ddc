"""A run on a terminal: what step it is in, for how long, and the last line of its log; plain lines elsewhere."""

from __future__ import annotations

import shutil
import sys
import time
from typing import TextIO

from provision.errors import NoConsent


class Terminal:
    """Implements `Console` on text streams. `verbose` prints every line of the steps' output."""

    def __init__(self, out: TextIO, *, verbose: bool = False, live: bool | None = None) -> None:
        self._out = out
        self._verbose = verbose
        self._live = out.isatty() if live is None else live
        self._title = ""
        self._began = 0.0
        self._said = 0.0

    def show(self, text: str) -> None:
        """Print a text for a person."""
        self._clear()
        self._out.write(text)
        self._out.flush()

    def agree(self, question: str) -> bool:
        """Ask on the terminal; `NoConsent` where there is none."""
        if not sys.stdin.isatty():
            raise NoConsent("there is no terminal to ask on; --yes agrees to what is shown")
        self.show(f"{question} [y/N] ")
        return sys.stdin.readline().strip().lower() in ("y", "yes")

    def event(self, line: str) -> None:
        """Steps as they begin and end; their output only if asked for, or as one changing line on a terminal."""
        if not line.startswith("@ "):
            self._output(line.strip())
            return
        word, _, rest = line.removeprefix("@ ").partition(" ")
        elapsed = time.monotonic() - self._began
        if word == "begin":
            number, _, self._title = rest.partition(" ")
            self._began = time.monotonic()
            if not self._live:
                self.show(f"  {number} {self._title} ...\n")
        elif word == "done":
            self.show(f"  {rest} {self._title + ': ' if self._live else ''}done, {elapsed:.0f} s\n")
        elif word in ("failed", "undone", "not-undone"):
            self.show(f"  {rest.split()[0]} {self._title}: {word.replace('-', ' ')}\n")

    def waiting(self, seconds: float) -> None:
        """The host has been rebooting for so long."""
        if self._live:
            self._line(f"  waiting for the host, {seconds:.0f} s")
        elif seconds - self._said > 30:
            self._said = seconds
            self.show(f"  still waiting for the host, {seconds:.0f} s\n")

    def _output(self, line: str) -> None:
        if self._verbose:
            self.show(f"     {line}\n")
        elif self._live:
            self._line(f"  {self._title}, {time.monotonic() - self._began:.0f} s: {line}")

    def _line(self, text: str) -> None:
        width = shutil.get_terminal_size().columns - 1
        self._out.write(f"\r\033[K{text[:width]}")
        self._out.flush()

    def _clear(self) -> None:
        if self._live:
            self._out.write("\r\033[K")
