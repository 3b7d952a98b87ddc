"""Findings as text for a person and as JSON for a program; pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from typing import Any

from checks.examine import status
from checks.facts import Facts
from checks.facts.reading import Unknown
from checks.finding import Finding, Verdict

SCHEMA = 1

_COLOUR: dict[Verdict, str] = {"ok": "32", "warn": "33", "fail": "31", "unknown": "35", "skipped": "2"}
_ORDER: tuple[Verdict, ...] = ("fail", "unknown", "warn")
_VERDICT = ("ok", "fail", "unknown")


@dataclass(frozen=True)
class Report:
    """One host's findings, with what they were made from. `command` begins each remedy: fab -H gpu01, or invoke."""

    host: str
    profile: str
    taken_at: str
    findings: Sequence[Finding]
    command: str = ""


def of(facts: Facts, host: str, profile: str, findings: Sequence[Finding], command: str = "") -> Report:
    """The report about one host; its time is that of the host's own clock."""
    try:
        moment = datetime.fromtimestamp(facts.host.time, tz=timezone.utc)
        taken_at = moment.isoformat().replace("+00:00", "Z")
    except (Unknown, ValueError, OverflowError, OSError):
        taken_at = ""
    return Report(host, profile, taken_at, findings, command)


def as_text(report: Report, *, colour: bool = False, verbose: bool = False) -> str:
    """The cause first, with its evidence and its remedy; what is well in one line."""
    lines = [_headline(report, colour=colour)]
    loud = loudest_first(report.findings)
    if verbose:
        loud += [finding for finding in report.findings if finding.verdict not in _ORDER]
    for finding in loud:
        lines += ["", *_block(finding, report, colour=colour)]
    if not verbose:
        lines += _quiet(report)
    return "\n".join(lines) + "\n"


def loudest_first(findings: Sequence[Finding]) -> list[Finding]:
    """What is not well: what failed before what is unknown before what will break, each in the order of the checks."""
    loud = [finding for finding in findings if finding.verdict in _ORDER]
    return sorted(loud, key=lambda finding: _ORDER.index(finding.verdict))


def _headline(report: Report, *, colour: bool) -> str:
    counts = [
        f"{sum(finding.verdict == verdict for finding in report.findings)} {word}"
        for verdict, word in (("fail", "failed"), ("unknown", "unknown"), ("warn", "warnings"), ("ok", "ok"))
        if any(finding.verdict == verdict for finding in report.findings)
    ]
    verdict = _VERDICT[status(report.findings)]
    when = f", {report.taken_at}" if report.taken_at else ""
    label = _paint(verdict.upper(), verdict, colour=colour)
    return f"{label} {report.host}: {', '.join(counts)} (profile {report.profile}{when})"


def _block(finding: Finding, report: Report, *, colour: bool) -> list[str]:
    label = _paint(f"{finding.verdict.upper():<8}", finding.verdict, colour=colour)
    about = f" [{finding.subject}]" if finding.subject else ""
    when = f" (at the {finding.when})" if finding.when else ""
    lines = [f"{label}{finding.check}{about}: {finding.summary}{when}"]
    remedy = finding.remedy
    fix = "" if remedy is None else f"{report.command} {remedy.text}".strip() if remedy.component else remedy.text
    because = f"rests on {finding.because}" if finding.because else ""
    rows = (("why", finding.why), ("evidence", finding.evidence), ("fix", fix), ("because", because))
    return lines + [f"        {key:<9}{text}" for key, text in rows if text]


def _quiet(report: Report) -> list[str]:
    well = [finding.check for finding in report.findings if finding.verdict == "ok"]
    causes: dict[str, list[str]] = {}
    for finding in report.findings:
        if finding.verdict == "skipped":
            causes.setdefault(finding.because, []).append(finding.check)
    lines = ["", f"ok      {', '.join(well)}"] if well else [""]
    for cause, names in causes.items():
        lines.append(f"skipped {', '.join(names)} ({f'rests on {cause}' if cause else 'not asked for'})")
    return lines


def _paint(text: str, verdict: Verdict | str, *, colour: bool) -> str:
    return f"\033[{_COLOUR[verdict]}m{text}\033[0m" if colour else text  # type: ignore[index]


def as_json(report: Report) -> str:
    """One JSON document on one line; the contract is in docs/json.md."""
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "host": report.host,
        "profile": report.profile,
        "taken_at": report.taken_at,
        "verdict": _VERDICT[status(report.findings)],
        "findings": [_as_dict(finding) for finding in report.findings],
    }
    return json.dumps(document, ensure_ascii=False)


def error_as_json(host: str, error: str, exit_status: int) -> str:
    """The document of a host about which nothing could be found out."""
    return json.dumps({"schema": SCHEMA, "host": host, "error": error, "status": exit_status}, ensure_ascii=False)


def _as_dict(finding: Finding) -> dict[str, Any]:
    keys = ("check", "stage", "subject", "verdict", "summary", "why", "evidence", "remedy", "when", "because")
    found = asdict(finding)
    remedy = finding.remedy and {"text": finding.remedy.text, "component": finding.remedy.component}
    return {**{key: found[key] for key in keys}, "remedy": remedy}
