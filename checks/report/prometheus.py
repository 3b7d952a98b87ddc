"""Prometheus' text exposition format (version 0.0.4), for node_exporter's textfile collector."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from checks.finding import Verdict, status
from checks.report.model import Report

_VALUE: dict[Verdict, int] = {"skipped": -1, "ok": 0, "warn": 1, "fail": 2, "unknown": 3}
_WORST: tuple[Verdict, ...] = ("skipped", "ok", "warn", "unknown", "fail")
_PREFIX = "gpuwright_doctor_"


def as_prometheus(reports: Sequence[Report]) -> str:
    """All hosts as one document: each metric once, with its HELP and TYPE, and a sample for each host."""
    examined = [report for report in reports if not report.error]
    families = (
        _family(
            "error",
            "Why the host could not be examined: an exit status of docs/exit-status.md; 0 it was examined.",
            (({"host": report.host}, report.status) for report in reports),
        ),
        _family(
            "verdict",
            "Verdict about the host: 0 ok, 1 something failed, 2 something is unknown.",
            (({"host": r.host, "profile": r.profile}, status(r.findings)) for r in examined),
        ),
        _family(
            "findings",
            "Findings of each verdict.",
            (({"host": r.host, "verdict": verdict}, r.count(verdict)) for r in examined for verdict in _VALUE),
        ),
        _family(
            "check",
            "Worst finding of a check about a part of the host: -1 skipped, 0 ok, 1 warning, 2 failed, 3 unknown.",
            (sample for report in examined for sample in _checks(report)),
        ),
        _family(
            "taken_at_seconds",
            "When the host was asked, by its own clock, in seconds since 1970.",
            (({"host": r.host}, _seconds(r.taken_at)) for r in examined if r.taken_at),
        ),
    )
    return "".join(families)


def _family(name: str, text: str, samples: Iterable[tuple[dict[str, str], float]]) -> str:
    lines = [f"{_PREFIX}{name}{{{_labels(labels)}}} {value:.16g}\n" for labels, value in samples]
    return f"# HELP {_PREFIX}{name} {text}\n# TYPE {_PREFIX}{name} gauge\n" + "".join(lines) if lines else ""


def _checks(report: Report) -> Iterable[tuple[dict[str, str], float]]:
    worst: dict[tuple[str, str, str], Verdict] = {}
    for finding in report.findings:
        key = (finding.stage, finding.check, finding.subject)
        worst[key] = max(finding.verdict, worst.get(key, "skipped"), key=_WORST.index)
    for (stage, check, subject), verdict in worst.items():
        yield {"host": report.host, "stage": stage, "check": check, "subject": subject}, _VALUE[verdict]


def _seconds(taken_at: str) -> float:
    return datetime.fromisoformat(taken_at.replace("Z", "+00:00")).timestamp()


def _labels(labels: dict[str, str]) -> str:
    return ",".join(f'{key}="{_escaped(value)}"' for key, value in labels.items())


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
