"""Many hosts in one text: what they have in common, worst first; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from checks.finding import Finding
from checks.report import Report, loudest_first
from provision.fleet.naming import folded, hosts_in_words
from provision.fleet.pool import Answer

_LABEL = {"error": "ERROR", "fail": "FAIL", "unknown": "UNKNOWN", "warn": "WARN", "ok": "ok"}
_RANK = tuple(_LABEL)


@dataclass(frozen=True)
class Row:
    """What some hosts have in common; `kind` is error, fail, unknown, warn or ok."""

    kind: str
    says: str
    hosts: tuple[str, ...]


def rows(answers: Iterable[Answer[Report]]) -> list[Row]:
    """A row for each finding that is not well, with all the hosts that have it; errors and healthy hosts likewise."""
    found: dict[tuple[str, str], list[str]] = {}
    for answer in answers:
        for kind, says in _said(answer):
            found.setdefault((kind, says), []).append(answer.host)
    made = [Row(kind, says, tuple(hosts)) for (kind, says), hosts in found.items()]
    return sorted(made, key=lambda row: (_RANK.index(row.kind), -len(row.hosts)))


def kinds(answer: Answer[Report]) -> Iterable[str]:
    """What an answer counts as in a table: its findings that are not well, in words that other hosts share."""
    return [f"{_LABEL[kind]:<8}{says}".rstrip() for kind, says in _said(answer)]


def _said(answer: Answer[Report]) -> Iterable[tuple[str, str]]:
    if answer.value is None:
        return [("error", general(answer.error, answer.host))]
    loud = loudest_first(answer.value.findings)
    if not loud:
        return [("ok", "")]
    return dict.fromkeys((finding.verdict, _words(finding)) for finding in loud)


def _words(finding: Finding) -> str:
    about = f" [{finding.subject}]" if finding.subject else ""
    return f"{finding.check}{about}: {finding.summary}"


def general(text: str, host: str) -> str:
    """An error without the host's own name, so that equal ones are one row."""
    return text.replace(f"{host}: ", "").replace(host, "HOST").splitlines()[0]


def as_text(answers: Sequence[Answer[Report]], paint: Callable[[str, str], str] = lambda text, _: text) -> str:
    """The summary: a line of counts, then the rows, each with its hosts."""
    made = rows(answers)
    width = len(str(len(answers)))
    lines = [_headline(answers)]
    for row in made:
        count = len(row.hosts)
        label = paint(f"{_LABEL[row.kind]:<8}", row.kind)
        says = f"  {row.says}" if row.says else ""
        lines += [f"{label}{count:>{width}} host{'s' if count > 1 else ' '}{says}", f"{'':<8}{folded(row.hosts)}"]
    return "\n".join(lines) + "\n"


def _headline(answers: Sequence[Answer[Report]]) -> str:
    kinds = [answer.value.verdict if answer.value else "error" for answer in answers]
    words = (("fail", "failed"), ("unknown", "unknown"), ("error", "not examined"), ("ok", "ok"))
    counts = [f"{kinds.count(kind)} {word}" for kind, word in words if kind in kinds]
    return f"{hosts_in_words(len(answers))}: {', '.join(counts)}"


def one_line(answer: Answer[Report]) -> str:
    """One host as it comes: verdict, seconds, and what is first wrong with it."""
    if answer.value is None:
        return f"{answer.host:<16} ERROR   {answer.seconds:5.1f} s  {general(answer.error, answer.host)}"
    loud = loudest_first(answer.value.findings)
    more = f" (and {len(loud) - 1} more)" if len(loud) > 1 else ""
    says = _words(loud[0]) + more if loud else ""
    return f"{answer.host:<16} {answer.value.verdict.upper():<7} {answer.seconds:5.1f} s  {says}".rstrip()
