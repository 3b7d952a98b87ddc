"""JUnit's XML, for CI systems: one suite for each host, one case for each finding.

The shape is the one that Jenkins, GitLab and GitHub's actions read: attributes name, tests, failures, errors, skipped,
timestamp, hostname on a suite; failure, error or skipped inside a case. A warning passes, with its text in system-out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from checks.finding import Finding
from checks.report.model import Report

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot carry: an escape sequence in some tool's output, for example."""


def as_junit(reports: Sequence[Report]) -> str:
    """All hosts as one document."""
    suites = "".join(_suite(report) for report in reports)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="gpuwright doctor">\n{suites}</testsuites>\n'


def _suite(report: Report) -> str:
    if report.error:
        inner = f'<error type="status {report.status}" message={_attribute(report.error)}></error>'
        cases = f'    <testcase classname="host" name="examined" time="0">{inner}</testcase>\n'
        counts = 'tests="1" failures="0" errors="1" skipped="0"'
    else:
        cases = "".join(_case(finding) for finding in report.findings)
        counts = (
            f'tests="{len(report.findings)}" failures="{report.count("fail")}" errors="{report.count("unknown")}" '
            f'skipped="{report.count("skipped")}"'
        )
    host = _attribute(report.host)
    taken_at = report.taken_at.rstrip("Z") or "1970-01-01T00:00:00"
    profile = f'    <properties><property name="profile" value={_attribute(report.profile)}/></properties>\n'
    return (
        f'  <testsuite name={host} hostname={host} timestamp="{taken_at}" time="0" {counts}>\n'
        f"{profile}{cases}  </testsuite>\n"
    )


def _case(finding: Finding) -> str:
    name = f"{finding.check} [{finding.subject}]" if finding.subject else finding.check
    return (
        f'    <testcase classname={_attribute(finding.stage)} name={_attribute(name)} time="0">'
        f"{_inner(finding)}</testcase>\n"
    )


def _inner(finding: Finding) -> str:
    message = _attribute(finding.summary)
    if finding.verdict == "skipped":
        because = f"rests on {finding.because}" if finding.because else finding.summary
        return f"<skipped message={_attribute(because)}/>"
    rows = (
        ("why", finding.why),
        ("evidence", finding.evidence),
        ("fix", finding.remedy.text if finding.remedy else ""),
    )
    text = escape(_clean("".join(f"{key}: {value}\n" for key, value in rows if value)))
    if finding.verdict == "fail":
        return f'<failure type="fail" message={message}>{text}</failure>'
    if finding.verdict == "unknown":
        return f'<error type="unknown" message={message}>{text}</error>'
    return f"<system-out>{escape(_clean(finding.summary))}\n{text}</system-out>" if finding.verdict == "warn" else ""


def _attribute(text: str) -> str:
    return quoteattr(_clean(text))


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
