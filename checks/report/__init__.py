"""Findings as text for a person and as documents for programs; pure but for `atomically`.

`as_text` is for a person, the others are formats that programs know: `render` picks one by its name.
"""

from __future__ import annotations

from collections.abc import Sequence

from checks.report.document import SCHEMA, as_json, error_as_json
from checks.report.files import atomically
from checks.report.model import Report, loudest_first, of
from checks.report.text import as_text

__all__ = ["FORMATS", "SCHEMA", "Report", "as_json", "as_text", "atomically", "error_as_json", "loudest_first", "of"]

FORMATS = ("text", "json", "junit", "prometheus", "nagios")
SUFFIX = {"text": "txt", "json": "json", "junit": "xml", "prometheus": "prom", "nagios": "nagios"}
"""How the names of files of each format end, where a folder holds one for each host."""

TOGETHER = ("junit", "prometheus")
"""The formats in which several hosts are one document, and not one after another."""


def render(form: str, reports: Sequence[Report], *, colour: bool = False, width: int = 0, verbose: bool = False) -> str:
    """The reports in the format of that name, with a newline at the end; `width` is in columns, 0: no wrapping."""
    if form == "junit":
        from checks.report.junit import as_junit

        return as_junit(reports)
    if form == "prometheus":
        from checks.report.prometheus import as_prometheus

        return as_prometheus(reports)
    if form == "nagios":
        from checks.report.nagios import as_nagios

        return "".join(as_nagios(report) for report in reports)
    if form == "json":
        return "".join(as_json(report) + "\n" for report in reports)
    return "\n".join(as_text(report, colour=colour, width=width, verbose=verbose) for report in reports)
