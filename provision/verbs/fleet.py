"""The verbs for many hosts at once, `fleet.doctor`, `fleet.plan` and `fleet.record`: composition only.

They name their hosts themselves (`--hosts`), so -H is refused.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from invoke.collection import Collection
from invoke.tasks import task

from checks.facts.probe import DEADLINE
from provision.answers import PLANNING, RESULTS, answering, finish, one_of, seconds
from provision.errors import Usage
from provision.flags import connecting, naming

if TYPE_CHECKING:
    from provision.apply import Options, Planned
    from provision.fleet import Access, Answer
    from provision.fleet.pool import Job

Value = TypeVar("Value")
Hosts = Callable[[], tuple[str, ...]]
"""Says which hosts are meant, or why that cannot be said."""

POOL = {
    "workers": "how many hosts at once",
    "deadline": "seconds after which a question counts as unanswered, such as 20s",
}
_FORMAT = "text or json: a document for each host and line, in the order of the hosts"
_PROFILE = "what the hosts should be: a name or a file; default: as the site file says, else what is there"


def access(c: Any) -> Access:
    """How to get to hosts that are given by name."""
    from provision.remote import access_of

    return access_of(c)


def count(text: str) -> int:
    """How many hosts at once."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 1000):
        raise Usage(f"--workers {text}: wants a number from 1 to 1000")
    return int(text)


def _visit(
    hosts: Sequence[str],
    job: Job[Value],
    workers: str,
    line: Callable[[Answer[Value]], str],
    counted: Callable[[Answer[Value]], Iterable[str]] = lambda _: (),
) -> list[Answer[Value]]:
    """All answers in the order of the hosts; each is said as it comes, on standard error."""
    from provision.fleet import threads, visit
    from provision.fleet.live import Noted, Table, watched

    table = Table(len(hosts), counted)
    with threads(min(count(workers), len(hosts))) as pool:
        coming = visit(hosts, Noted(job, table), pool)
        found = {answer.host: answer for answer in watched(coming, sys.stderr, line, table)}
    return [found[host] for host in hosts]


def _silent(answer: Any) -> str:
    del answer
    return ""


@task(
    name="doctor",
    auto_shortflags=False,
    post=[finish],
    help={
        **POOL,
        "profile": _PROFILE,
        "format": _FORMAT,
        "only": "only these checks, and what they rest on",
        "skip": "not these checks",
    },
)
def fleet_doctor(
    c: Any,
    hosts: Hosts,
    workers: str = "64",
    deadline: str = f"{DEADLINE}s",
    profile: str = "",
    format: str = "text",  # noqa: A002 - it is the flag's name
    only: str = "",
    skip: str = "",
) -> None:
    """Say what is wrong with each of many hosts, and what they have in common."""
    with answering("fleet"):
        from checks import report
        from checks.doctor import Asked, exit_status
        from checks.select import select
        from provision.fleet import Doctor, as_text, one_line
        from provision.fleet.summary import kinds

        form = one_of("--format", format, ("text", "json"))
        wanted = hosts()
        asked = Asked(profile, deadline=seconds("--deadline", deadline), selection=select(only, skip))
        line = _silent if form == "json" else one_line
        found = _visit(wanted, Doctor(asked, access(c)), workers, line, kinds)
        RESULTS.extend(exit_status(answer.value) if answer.value else answer.status for answer in found)
        if form == "text":
            print(as_text(found, _paint), end="")
            return
        for answer in found:
            print(report.as_json(answer.value) if answer.value else _error(answer))


@task(
    name="plan",
    auto_shortflags=False,
    post=[finish],
    help={
        **POOL,
        "profile": _PROFILE,
        "format": _FORMAT,
        "only": "only these components, and what they rest on",
        "o": "also save the plans, for provision --plan: one file, or a folder for one file per host",
    },
)
def fleet_plan(
    c: Any,
    hosts: Hosts,
    workers: str = "64",
    deadline: str = f"{DEADLINE}s",
    profile: str = "",
    format: str = "text",  # noqa: A002 - it is the flag's name
    only: str = "",
    o: str = "",
) -> None:
    """Show what provisioning would do on each of many hosts; changes nothing. Status 2: there are changes."""
    PLANNING.append(True)
    with answering("fleet"):
        from provision import planning
        from provision.apply import Options
        from provision.fleet import Plan

        form = one_of("--format", format, ("text", "json"))
        wanted = hosts()
        names = planning.known(tuple(word.strip() for word in only.split(",") if word.strip()))
        options = Options(profile=profile, only=names, deadline=seconds("--deadline", deadline))
        found = _visit(wanted, Plan(options, access(c)), workers, _silent)
        for answer in found:
            planned = answer.value
            if planned is None:
                RESULTS.append(answer.status)
                print(_error(answer) if form == "json" else f"error: {answer.error}")
                continue
            RESULTS.append(2 if planned.plan else 1 if planned.plan.unknown else 0)
            print(planned.json(answer.host) if form == "json" else planned.text(answer.host).rstrip())
        if o:
            _save(o, found, options)


def _save(o: str, found: Sequence[Answer[Planned]], options: Options) -> None:
    """The plans that could be made: in one file, or in a folder that is there or whose name ends with a slash."""
    from checks.report import atomically
    from provision import saved

    made = {answer.host: saved.as_json(answer.value, answer.host, options) for answer in found if answer.value}
    folder = Path(o)
    if o.endswith("/"):
        folder.mkdir(parents=True, exist_ok=True)
    files = (
        {folder / f"{host}.{saved.SUFFIX}": [text] for host, text in made.items()}
        if folder.is_dir()
        else {folder: list(made.values())}
    )
    for path, documents in files.items():
        atomically(path, saved.together(documents))
    print(f"saved: {len(made)} of {len(found)} plans, in {o}", file=sys.stderr)


@task(name="record", auto_shortflags=False, post=[finish], help={**POOL, "o": "the folder for one file per host"})
def fleet_record(
    c: Any,
    hosts: Hosts,
    workers: str = "64",
    deadline: str = f"{DEADLINE}s",
    o: str = "",
) -> None:
    """Keep what each of many hosts answers, as text without secrets."""
    with answering("fleet"):
        from checks.report import atomically
        from provision.fleet import Record

        if not o:
            raise Usage("fleet.record wants -o FOLDER: one file per host is written there")
        wanted = hosts()
        Path(o).mkdir(parents=True, exist_ok=True)
        for answer in _visit(wanted, Record(seconds("--deadline", deadline), access(c)), workers, _silent):
            RESULTS.append(answer.status)
            if answer.value is None:
                print(f"error: {answer.error}", file=sys.stderr)
            else:
                atomically(Path(o) / f"{answer.host}.rec", answer.value.encode())
                print(f"{answer.host}: {Path(o) / answer.host}.rec")


def _error(answer: Answer[Any]) -> str:
    from checks import report

    return report.error_as_json(answer.host, answer.error, answer.status)


_COLOUR = {"error": "31", "fail": "31", "unknown": "35", "warn": "33", "ok": "32"}


def _paint(text: str, kind: str) -> str:
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    return f"\033[{_COLOUR[kind]}m{text}\033[0m" if colour else text


namespace = Collection(
    "fleet", *(connecting(naming(verb, "fleet")) for verb in (fleet_doctor, fleet_plan, fleet_record))
)
