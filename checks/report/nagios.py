"""Nagios' plugin convention: one line, numbers behind a bar, and a status of its own.

0 is OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN. Icinga, Naemon, Checkmk and Sensu read the same (the guidelines of the
Monitoring Plugins project).
"""

from __future__ import annotations

from checks.finding import Verdict
from checks.report.model import Report, loudest_first

OK, WARNING, CRITICAL, UNKNOWN = range(4)
ORDER = (OK, WARNING, UNKNOWN, CRITICAL)
"""The statuses from the best to the worst."""

_WORD = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
_COUNTED: tuple[tuple[Verdict, str], ...] = (
    ("fail", "failed"),
    ("unknown", "unknown"),
    ("warn", "warnings"),
    ("ok", "ok"),
)


def as_nagios(report: Report) -> str:
    """The worst finding, how many more there are, and the counts as performance data."""
    head = f"GPU {_WORD[nagios_status(report)]} - {report.host}"
    if report.error:
        return f"{head}: {_one_line(report.error)}\n"
    loud = loudest_first(report.findings)
    more = f" (and {len(loud) - 1} more)" if len(loud) > 1 else ""
    said = f"{loud[0].check}: {loud[0].summary}{more}" if loud else f"{report.count('ok')} checks are well"
    counts = " ".join(f"{word}={report.count(verdict)}" for verdict, word in _COUNTED)
    return f"{head}: {_one_line(said)} | {counts}\n"


def nagios_status(report: Report) -> int:
    """The status that Nagios is told with this report."""
    if report.verdict == "ok":
        return WARNING if report.count("warn") else OK
    return CRITICAL if report.verdict == "fail" else UNKNOWN


def _one_line(text: str) -> str:
    """Without what would end the text: a newline, or the bar before the performance data."""
    return " ".join(text.replace("|", "/").split())
