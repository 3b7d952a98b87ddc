"""A report as text for a person: the cause first, with the line that proves it and its remedy."""

from __future__ import annotations

from collections.abc import Sequence

from checks.finding import Finding, Remedy, Verdict
from checks.report.changes import as_lines
from checks.report.group import Group, groups
from checks.report.model import LOUD, Report, loudest_first

_COLOUR: dict[str, str] = {"ok": "32", "warn": "33", "fail": "31", "unknown": "35", "skipped": "2"}
_NAMED = 16
"""Checks that are named one by one; of more, only their number by stage is said."""

_INDENT, _HANGING = " " * 8, " " * 17
_NARROWEST = 40
"""Columns below which a terminal gets lines as they are."""

_CONTROL = dict.fromkeys((*range(9), *range(11, 32), 127, *range(128, 160)), "?")
"""What a tool printed may hold escape sequences; a terminal must not obey them."""


def as_text(report: Report, *, colour: bool = False, verbose: bool = False, width: int = 0) -> str:
    """The cause first, with its evidence and its remedy; `width` is the terminal's in columns, 0: lines as they are."""
    if report.error:
        return f"{_paint('ERROR', 'unknown', colour=colour)} {report.host}: {report.error}\n"
    wrap = _Wrap(width)
    lines = [_headline(report, colour=colour)]
    if report.without_root:
        lines += wrap.lines("no root ", report.without_root, _INDENT)
    loud = groups(loudest_first(report.findings))
    if verbose:
        loud += groups([finding for finding in report.findings if finding.verdict not in LOUD])
    for group in loud:
        lines += ["", *_block(group, report, wrap, colour=colour)]
    if not verbose:
        lines += _quiet(report.findings, wrap)
    if report.timeline is not None:
        for line in as_lines(report.timeline, everything=report.everything):
            lines += wrap.lines("", line, " " * 35)
    return "\n".join(lines) + "\n"


class _Wrap:
    """Breaks long texts at blanks, to the width of a terminal; never inside a word, and not at all where width is 0."""

    def __init__(self, width: int) -> None:
        self.width = width if width >= _NARROWEST else 0

    def lines(self, head: str, text: str, indent: str, hidden: int = 0) -> list[str]:
        """`head` and `text`, what does not fit in lines below; `hidden` characters of the head take no room."""
        taken = " " * (len(head) - hidden)
        found: list[str] = []
        for line in text.translate(_CONTROL).split("\n"):
            first = taken if not found else indent
            found += self._wrapped(line, first, indent) or [first]
        return [head + found[0][len(taken) :], *found[1:]]

    def _wrapped(self, line: str, first: str, indent: str) -> list[str]:
        if not self.width:
            return [first + line]
        import textwrap

        wrapper = textwrap.TextWrapper(
            self.width, first, indent, break_long_words=False, break_on_hyphens=False, drop_whitespace=True
        )
        return wrapper.wrap(line)


def _headline(report: Report, *, colour: bool) -> str:
    words: tuple[tuple[Verdict, str], ...] = (("fail", "failed"), ("unknown", "unknown"), ("warn", "warning"))
    counts = [f"{count} {word}" for verdict, word in (*words, ("ok", "ok")) if (count := report.count(verdict))]
    counts = [count + "s" if count.endswith("warning") and count != "1 warning" else count for count in counts]
    when = f", {report.taken_at}" if report.taken_at else ""
    label = _paint(report.verdict.upper(), report.verdict, colour=colour)
    return f"{label} {report.host}: {', '.join(counts)} (profile {report.profile}{when})"


def _block(group: Group, report: Report, wrap: _Wrap, *, colour: bool) -> list[str]:
    finding = group.first
    label = _paint(f"{finding.verdict.upper():<8}", finding.verdict, colour=colour)
    about = f" [{finding.subject}]" if finding.subject and not group.about else ""
    when = f" (at the {finding.when})" if finding.when else ""
    on = f"{group.about}: " if group.about else ""
    hidden = len(label) - 8
    lines = wrap.lines(f"{label}{finding.check}{about}: ", f"{on}{finding.summary}{when}", _INDENT, hidden)
    fix = _fix(finding.remedy, report.command)
    because = f"rests on {finding.because}" if finding.because else ""
    rows = (*_members(group), ("why", finding.why), ("evidence", finding.evidence))
    for key, text in rows:
        lines += wrap.lines(f"{_INDENT}{key:<9}", text, _HANGING) if text else []
    whole = _Wrap(0)  # a command that is to be copied stays on one line
    for key, text in (("fix", fix), ("because", because)):
        lines += whole.lines(f"{_INDENT}{key:<9}", text, _HANGING) if text else []
    return lines


def _fix(remedy: Remedy | None, command: str) -> str:
    """What to type or to do: a verb of ours as the whole command line."""
    if remedy is None or not remedy.component:
        return remedy.text if remedy else ""
    return command.replace("{}", remedy.text) if "{}" in command else f"{command} {remedy.text}".strip()


def _members(group: Group) -> list[tuple[str, str]]:
    """The parts that the finding is about: in one line, or each with its own words where these differ."""
    if not group.about:
        return []
    if group.alike:
        return [("on", ", ".join(finding.subject for finding in group.findings))]
    return [("on" if n == 0 else "", f"{found.subject}: {found.summary}") for n, found in enumerate(group.findings)]


def _quiet(findings: Sequence[Finding], wrap: _Wrap) -> list[str]:
    """What is well, what rests on a cause, and what was not asked or does not apply."""
    well = {finding.check: finding.stage for finding in findings if finding.verdict == "ok"}
    causes: dict[str, dict[str, str]] = {}
    for finding in findings:
        if finding.verdict == "skipped":
            reason = f"rests on {finding.because}" if finding.because else _reason(finding.summary)
            causes.setdefault(reason, {})[finding.check] = finding.stage
    lines = ["", *wrap.lines("ok      ", _named(well), _INDENT)] if well else [""]
    for reason, names in causes.items():
        lines += wrap.lines("skipped ", f"{_named(names)} ({reason})", _INDENT)
    return lines


def _reason(summary: str) -> str:
    return "not asked" if summary.endswith("was not asked") else summary.partition(":")[0]


def _named(checks: dict[str, str]) -> str:
    if len(checks) <= _NAMED:
        return ", ".join(checks)
    stages = list(checks.values())
    by_stage = ", ".join(f"{stage} {stages.count(stage)}" for stage in dict.fromkeys(stages))
    return f"{len(checks)} checks: {by_stage}"


def _paint(text: str, verdict: str, *, colour: bool) -> str:
    return f"\033[{_COLOUR[verdict]}m{text}\033[0m" if colour else text
