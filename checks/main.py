"""gpu-doctor: the doctor as one file that needs nothing but a Python from 3.9 on (gpuwright-doctor.pyz).

The flags, the formats and the statuses are those of `invoke doctor`; what it finds is mended with `fab ... provision`
from another machine.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from checks import offline, report
from checks.doctor import Asked, diagnose, exit_status, look_at
from checks.facts.framework_programs import PROGRAMS
from checks.facts.probe import DEADLINE
from checks.facts.recording import BadRecording
from checks.facts.shell import Local, ShellFailed
from checks.profiles.profile import BadProfile
from checks.report import Report, terminal
from checks.select import UnknownCheck, listing, select
from checks.since import moment

USAGE, INPUT, UNREACHABLE, INTERRUPTED = 64, 65, 69, 130
"""The statuses of docs/exit-status.md that can come up here."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override]
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"error: {message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="gpu-doctor", description="Say what is wrong with this GPU host, with the exact fix.")
    add = parser.add_argument
    add("--format", choices=report.FORMATS, default="text")
    add("--profile", default="", help="what the host should be: a name or a file")
    add("--recording", default="", metavar="FILE", help="examine this recording (- for standard input)")
    add("--only", default="", metavar="CHECKS", help="only these checks, and what they rest on: a comma list")
    add("--skip", default="", metavar="CHECKS", help="not these checks: a comma list")
    add("--list-checks", action="store_true", help="name every check and what is true when all is well")
    add("--container", action="store_true", help="also start a container and look for the GPUs in it")
    add("--framework", choices=tuple(PROGRAMS), default="", help="also compute something on the GPU in a container")
    add("--image", default="", help="the image for that, which the host has already")
    add("--since", type=past, default="", metavar="TIME", help="show what changed since: '2 days ago', 12h, yesterday")
    add("--deadline", type=seconds, default=DEADLINE, metavar="20s", help="how long a question may take")
    add("-o", default="", metavar="FILE", help="write there, whole or not at all")
    add("-v", action="store_true", help="show also what is well")
    return parser


def seconds(text: str) -> float:
    """A time as people type it: 20s, 2m, or plain seconds; one second to an hour."""
    found = float(text[:-1]) * 60 if text.endswith("m") else float(text.removesuffix("s"))
    if not 1 <= found <= 3600:
        raise ValueError
    return found


def past(text: str) -> str:
    """The same text, where it names a time in the past; else `BadTime`, which is a ValueError. Empty: nobody asked."""
    if text:
        moment(text, int(time.time()))
    return text


def main(arguments: list[str] | None = None) -> int:
    """The status to end with."""
    parser = _parser()
    given = parser.parse_args(arguments)
    if bool(given.framework) != bool(given.image):
        parser.error("--framework and --image go together")
    try:
        return _doctor(given)
    except KeyboardInterrupt:
        return INTERRUPTED
    except UnknownCheck as error:
        return _failed(given, USAGE, str(error))
    except (BadProfile, BadRecording) as error:
        return _failed(given, INPUT, str(error))
    except ShellFailed as error:
        return _failed(given, UNREACHABLE, str(error))
    except OSError as error:
        return _failed(given, INPUT, f"{error.filename}: {error.strerror}")


def _doctor(given: argparse.Namespace) -> int:
    if given.list_checks:
        sys.stdout.write(listing())
        return 0
    wanted = (given.deadline, select(given.only, given.skip), given.since)
    asked = Asked(given.profile, given.container, *wanted, given.framework, given.image)
    if given.recording:
        data = sys.stdin.buffer.read() if given.recording == "-" else Path(given.recording).read_bytes()
        found = offline.read(data)
    else:
        found = look_at(Local(), asked)
    made = diagnose(found, asked, command="gpuwright {} --local")
    _write(given, made)
    return exit_status(made, given.format)


def _failed(given: argparse.Namespace, status: int, text: str) -> int:
    made = Report(os.uname().nodename, "", "", (), error=text, status=status)
    if given.format != "text" and status != USAGE:
        _write(given, made)
    sys.stderr.write(f"error: {text}\n")
    return exit_status(made, given.format)


def _write(given: argparse.Namespace, made: Report) -> None:
    if given.o:
        report.atomically(Path(given.o), report.render(given.format, [made], verbose=given.v).encode())
    else:
        sys.stdout.write(report.render(given.format, [made], verbose=given.v, **terminal.look(sys.stdout)))
