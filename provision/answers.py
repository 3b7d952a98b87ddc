"""How a verb ends: one status for each host, one text for a person or a program, and the worst of all at the end.

A verb never raises: what it ends with goes to RESULTS, so that `fab -H a,b,c VERB` visits every host even
when one fails.
"""

from __future__ import annotations

import re
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from invoke.exceptions import Exit
from invoke.tasks import task

from checks import report
from checks.facts.reading import NeedsRoot, Unknown
from checks.facts.recording import BadRecording
from checks.facts.shell import NotRoot, ShellFailed
from checks.report import nagios
from checks.select import UnknownCheck
from checks.since import BadTime, moment
from provision import output
from provision.errors import BadInput, GpuwrightError, Interrupted, NotPermitted, Unreachable, Unsupported, Usage

RESULTS: list[int] = []
"""The exit status of each host visited by this command line."""

PLANNING: list[bool] = []
"""Filled by a verb whose answers rank as plan's do: 2, there are changes, above 1."""

NAGIOS: list[bool] = []
"""Filled by a verb whose answers are Nagios' four: 2, critical, above 3, unknown; it has no others."""

_ERRORS = 64
"""The lowest status that says an error, and not an answer."""


def worst(statuses: Sequence[int]) -> int:
    """The status that a command line with these answers ends with (docs/exit-status.md)."""
    errors = [status for status in statuses if status >= _ERRORS]
    order = nagios.ORDER if NAGIOS else (0, 1, 2) if PLANNING else (0, 2, 1)
    return max(errors) if errors else max(statuses, key=order.index, default=0)


@task(auto_shortflags=False)
def finish(c: Any) -> None:
    """End with the worst status of all hosts: the task that runs after every verb."""
    del c
    with answering("the reports"):
        output.flush()
    raise Exit(code=worst(RESULTS))


@contextmanager
def answering(host: str, form: str = "text", tell: Callable[[str, int], object] | None = None) -> Iterator[None]:
    """Every way in which a verb can end, as one status and one text; `tell` hands an error to the verb's own format."""
    try:
        yield
    except (KeyboardInterrupt, Exception) as caught:  # noqa: BLE001 - a bug of ours must not hide the other hosts
        error = as_error(host, caught)
        RESULTS.append(nagios.UNKNOWN if NAGIOS else error.status)
        if tell is not None:
            tell(str(error), error.status)
        elif form == "json":
            print(report.error_as_json(host, str(error), error.status))
        print(f"error: {error}", file=sys.stderr)


def as_error(host: str, error: BaseException) -> GpuwrightError:
    """The same as an error of our own, with its status; what is none of the known ones is a bug."""
    from checks.profiles.layer import BadProfile

    if isinstance(error, GpuwrightError):
        return error
    if isinstance(error, KeyboardInterrupt):
        return Interrupted(f"{host}: interrupted; what a run has begun on the host goes on there")
    if isinstance(error, UnknownCheck):
        return Usage(str(error))
    if isinstance(error, (BadProfile, BadRecording)):
        return BadInput(str(error))
    if isinstance(error, NotRoot):
        return NotPermitted(str(error))
    if isinstance(error, ShellFailed):
        return Unreachable(str(error))
    if isinstance(error, NeedsRoot):
        return NotPermitted(f"{host}: {error}")
    if isinstance(error, Unknown):
        return Unsupported(f"{host}: {error}")
    if isinstance(error, OSError):
        named = f"{error.filename}: {error.strerror}"
        return BadInput(named) if error.filename else Unreachable(str(error))
    text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    return GpuwrightError(f"{host}: a bug in gpuwright; please report this:\n{text}")


def one_of(flag: str, text: str, known: Sequence[str]) -> str:
    """The flag's value if it is one of the known ones; else `Usage` names them."""
    if text not in known:
        raise Usage(f"{flag} {text}: wants one of {', '.join(known)}")
    return text


def past(flag: str, text: str) -> str:
    """The same text; `Usage` where it names no time in the past. Empty stays empty: nobody asked."""
    try:
        if text:
            moment(text, int(time.time()))
    except BadTime as error:
        raise Usage(f"{flag}: {error}") from None
    return text


def seconds(flag: str, text: str) -> float:
    """A time as people type it: 20s, 2m, or plain seconds; `Usage` for anything else."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(s|m|)", text)
    if not match or not 1 <= float(match[1]) * (60 if match[2] == "m" else 1) <= 3600:
        raise Usage(f"{flag} {text}: wants 1 s to 60 m, such as 20s or 2m")
    return float(match[1]) * (60 if match[2] == "m" else 1)
