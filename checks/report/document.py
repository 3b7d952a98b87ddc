"""JSON, for programs: one document for each host and line; the contract is in docs/json.md."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from checks.finding import Finding
from checks.report.changes import as_data
from checks.report.model import Report

SCHEMA = 1

_KEYS = ("check", "stage", "subject", "verdict", "summary", "why", "evidence", "remedy", "when", "because")


def as_json(report: Report) -> str:
    """One JSON document on one line."""
    if report.error:
        return error_as_json(report.host, report.error, report.status)
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "host": report.host,
        "profile": report.profile,
        "taken_at": report.taken_at,
        "verdict": report.verdict,
        "without_root": report.without_root,
        "findings": [_as_dict(finding) for finding in report.findings],
    }
    if report.timeline is not None:
        document["timeline"] = as_data(report.timeline)
    return json.dumps(document, ensure_ascii=False)


def error_as_json(host: str, error: str, exit_status: int) -> str:
    """The document of a host about which nothing could be found out."""
    return json.dumps({"schema": SCHEMA, "host": host, "error": error, "status": exit_status}, ensure_ascii=False)


def _as_dict(finding: Finding) -> dict[str, Any]:
    found = asdict(finding)
    remedy = finding.remedy and {"text": finding.remedy.text, "component": finding.remedy.component}
    return {**{key: found[key] for key in _KEYS}, "remedy": remedy}
