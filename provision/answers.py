"""How a verb ends: one status for each host, one text for a person or a program, and the worst of all at the end.

A verb never raises: what it ends with goes to RESULTS, so that `fab -H a,b,c VERB` visits every host even
when one fails.
"""

from __future__ import annotations

import re
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from checks import report
from checks.facts.reading import Unknown
from checks.facts.recording import BadRecording
from checks.facts.shell import ShellFailed
from checks.profiles.profile import BadProfile
from provision.errors import BadInput, GpuwrightError, Interrupted, Unreachable, Unsupported, Usage

RESULTS: list[int] = []
"""The exit status of each host visited by this command line."""

PLANNING: list[bool] = []
"""Filled by a verb whose answers rank as plan's do: 2, there are changes, above 1."""

_ERRORS = 64
"""The lowest status that says an error, and not an answer."""


def worst(statuses: Sequence[int]) -> int:
    """The status that a command line with these answers ends with (docs/exit-status.md)."""
    errors = [status for status in statuses if status >= _ERRORS]
    order = (0, 1, 2) if PLANNING else (0, 2, 1)
    return max(errors) if errors else max(statuses, key=order.index, default=0)


@contextmanager
def answering(host: str, form: str = "text") -> Iterator[None]:
    """Every way in which a verb can end, as one status and one text."""
    try:
        yield
    except KeyboardInterrupt:
        _error(host, form, Interrupted("interrupted; a step that is under way on the host goes on there"))
    except GpuwrightError as error:
        _error(host, form, error)
    except (BadProfile, BadRecording) as error:
        _error(host, form, BadInput(str(error)))
    except ShellFailed as error:
        _error(host, form, Unreachable(str(error)))
    except Unknown as why:
        _error(host, form, Unsupported(f"{host}: {why}"))
    except OSError as error:
        file = BadInput(f"{error.filename}: {error.strerror}") if error.filename else None
        _error(host, form, file or Unreachable(str(error)))
    except Exception:  # noqa: BLE001 - the last resort: a bug of ours must not hide the other hosts
        text = traceback.format_exc()
        _error(host, form, GpuwrightError(f"{host}: a bug in gpuwright; please report this:\n{text}"))


def _error(host: str, form: str, error: GpuwrightError) -> None:
    RESULTS.append(error.status)
    if form == "json":
        print(report.error_as_json(host, str(error), error.status))
    print(f"error: {error}", file=sys.stderr)


def one_of(flag: str, text: str, known: Sequence[str]) -> str:
    """The flag's value if it is one of the known ones; else `Usage` names them."""
    if text not in known:
        raise Usage(f"{flag} {text}: wants one of {', '.join(known)}")
    return text


def seconds(flag: str, text: str) -> float:
    """A time as people type it: 20s, 2m, or plain seconds; `Usage` for anything else."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(s|m|)", text)
    if not match or not 1 <= float(match[1]) * (60 if match[2] == "m" else 1) <= 3600:
        raise Usage(f"{flag} {text}: wants 1 s to 60 m, such as 20s or 2m")
    return float(match[1]) * (60 if match[2] == "m" else 1)
