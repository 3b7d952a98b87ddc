"""What a check found: a verdict with the line that proves it, why it matters, and the exact remedy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

Verdict = Literal["ok", "warn", "fail", "unknown", "skipped"]

BROKEN: tuple[Verdict, ...] = ("fail", "unknown")
"""The verdicts on which nothing else can rest."""


@dataclass(frozen=True)
class Remedy:
    """What to do: a component that provisioning puts right, a command, or words for what only a person can do.

    `script` is sh that `doctor --fix` may run by itself, because it is safe, and `undo` takes it back; both are empty
    where a person must decide.
    """

    text: str
    component: str = ""
    script: str = ""
    undo: str = ""


@dataclass(frozen=True)
class Finding:
    """One answer of one check.

    `subject` is the part it is about (a GPU's address), empty for the host. `when` is set on what will break later:
    "next boot". `because` names the cause when the verdict is skipped.
    """

    verdict: Verdict
    summary: str
    why: str = ""
    evidence: str = ""
    remedy: Remedy | None = None
    subject: str = ""
    when: str = ""
    because: str = ""
    check: str = ""
    stage: str = ""

    def of(self, check: str, stage: str) -> Finding:
        """The same finding, signed by its check."""
        return replace(self, check=check, stage=stage)


def provision(component: str) -> Remedy:
    """The remedy is to provision one component."""
    return Remedy(f"provision --only {component}", component)


def by_command(script: str, undo: str = "") -> Remedy:
    """The remedy is one safe command, which `doctor --fix` may run."""
    return Remedy(script, script=script, undo=undo)


def by_hand(text: str) -> Remedy:
    """The remedy needs a person."""
    return Remedy(text)


def ok(summary: str, evidence: str = "") -> Finding:
    """All is well."""
    return Finding("ok", summary, evidence=evidence)


def warn(
    summary: str, *, why: str, remedy: Remedy | None, evidence: str = "", when: str = "", subject: str = ""
) -> Finding:
    """It works, but it will break, or it is not as it should be."""
    return Finding("warn", summary, why, evidence, remedy, subject, when)


def fail(summary: str, *, why: str, remedy: Remedy | None, evidence: str = "", subject: str = "") -> Finding:
    """It does not work."""
    return Finding("fail", summary, why, evidence, remedy, subject)


def unknown(summary: str, *, why: str = "") -> Finding:
    """It could not be told."""
    return Finding("unknown", summary, why)


def skipped(summary: str, because: str = "") -> Finding:
    """Not examined, with the cause or the reason."""
    return Finding("skipped", summary, because=because)


def status(findings: Iterable[Finding]) -> int:
    """The doctor's exit status: 1 something failed, 2 nothing failed but something is unknown, 0 all well.

    Where everything was skipped nothing is known: silence is not health.
    """
    verdicts = {finding.verdict for finding in findings}
    if "fail" in verdicts:
        return 1
    return 2 if "unknown" in verdicts or verdicts <= {"skipped"} else 0
