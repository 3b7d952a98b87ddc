"""Hosts as they come: a line for each, and on a terminal a last line that says how far it is."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TextIO, TypeVar

from provision.fleet.pool import Answer

Value = TypeVar("Value")


def watched(
    answers: Iterable[Answer[Value]],
    total: int,
    out: TextIO,
    line: Callable[[Answer[Value]], str],
) -> Iterator[Answer[Value]]:
    """The same answers; each is printed as `line` says (empty: not at all)."""
    live, began, bad = out.isatty(), time.monotonic(), 0
    for done, answer in enumerate(answers, 1):
        bad += bool(answer.status)
        text = line(answer)
        if live:
            out.write("\r\033[K")
        if text:
            out.write(text + "\n")
        if live and done < total:
            state = f"{done} of {total} hosts, {bad} not reached, {time.monotonic() - began:.0f} s"
            out.write(state[: shutil.get_terminal_size().columns - 1])
        out.flush()
        yield answer
