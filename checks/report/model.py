"""A report: one host's findings with what they were made from, or the error that stood in the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone

from checks.facts import Facts
from checks.facts.reading import Unknown
from checks.facts.root import reason
from checks.finding import Finding, Verdict, status
from checks.timeline import Timeline

LOUD: tuple[Verdict, ...] = ("fail", "unknown", "warn")
"""The verdicts that are not well, in the order in which a report shows them."""

_VERDICT = ("ok", "fail", "unknown")


@dataclass(frozen=True)
class Report:
    """One host's findings. `taken_at` is ISO 8601 in UTC.

    `command` begins each remedy that is a verb of ours ("fab -H gpu01"), or has {} in the verb's place ("invoke {}
    --local"). `without_root` names the facts that only root could have read. `error` and `status` stand in place of
    findings where nothing could be found out. `timeline` is what changed on the host, None where nobody asked;
    `everything`: all of it is to be shown.
    """

    host: str
    profile: str
    taken_at: str
    findings: Sequence[Finding]
    command: str = ""
    without_root: str = ""
    error: str = ""
    status: int = 0
    timeline: Timeline | None = None
    everything: bool = False

    @property
    def verdict(self) -> str:
        """About the whole host: ok, fail or unknown."""
        return "unknown" if self.error else _VERDICT[status(self.findings)]

    def count(self, verdict: Verdict) -> int:
        """How many findings have this verdict."""
        return sum(finding.verdict == verdict for finding in self.findings)


def of(facts: Facts, host: str, profile: str, findings: Sequence[Finding], command: str = "") -> Report:
    """The report about one host; its time is that of the host's own clock."""
    try:
        moment = datetime.fromtimestamp(facts.host.time, tz=timezone.utc)
        taken_at = moment.isoformat().replace("+00:00", "Z")
    except (Unknown, ValueError, OverflowError, OSError):
        taken_at = ""
    return Report(host, profile, taken_at, findings, command, _without_root(facts))


def _without_root(facts: Facts) -> str:
    """Which facts only root could have read, and how to become root; empty when nothing is missing."""
    topics = facts.recording.needs_root
    if not topics:
        return ""
    try:
        why = reason(facts.host.sudo)
    except Unknown:
        why = reason("")
    return f"not read, because only root may: {', '.join(topics)}; {why}"


def loudest_first(findings: Sequence[Finding]) -> list[Finding]:
    """What is not well: what failed before what is unknown before what will break, each in the order of the checks."""
    loud = [finding for finding in findings if finding.verdict in LOUD]
    return sorted(loud, key=lambda finding: LOUD.index(finding.verdict))
