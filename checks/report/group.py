"""Findings that say the same of several parts of a host are one finding for a person: "on 8 GPUs: ..."."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from checks.finding import Finding

_ADDRESS = re.compile(r"[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$")


@dataclass(frozen=True)
class Group:
    """Findings of one check with one verdict, reason and remedy, each about a part of its own."""

    findings: tuple[Finding, ...]

    @property
    def first(self) -> Finding:
        """The one that speaks for all."""
        return self.findings[0]

    @property
    def alike(self) -> bool:
        """Whether all have the same summary."""
        return len({_without_subject(finding, finding.summary) for finding in self.findings}) == 1

    @property
    def about(self) -> str:
        """Which parts: "on 8 GPUs"; empty where it is one."""
        count = len(self.findings)
        if count == 1:
            return ""
        gpus = all(_ADDRESS.match(finding.subject) for finding in self.findings) and self.first.stage != "nvlink"
        return f"on {count} {'GPUs' if gpus else 'parts'}"


def groups(findings: Sequence[Finding]) -> list[Group]:
    """The findings, those that belong together as one, at the place of the first of them."""
    found: dict[object, list[Finding]] = {}
    for index, finding in enumerate(findings):
        found.setdefault(_key(finding) if finding.subject else index, []).append(finding)
    return [Group(tuple(members)) for members in found.values()]


def _key(finding: Finding) -> object:
    remedy = finding.remedy.text if finding.remedy else ""
    texts = (_without_subject(finding, text) for text in (finding.why, remedy))
    return (finding.check, finding.verdict, finding.when, finding.because, *texts)


def _without_subject(finding: Finding, text: str) -> str:
    return text.replace(finding.subject, "\0") if finding.subject else text
