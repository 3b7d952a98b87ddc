"""Two examinations of one host compared: what broke between them, and what was mended; pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from checks.finding import BROKEN, Finding, Verdict

_XID = re.compile(r"\bXid (\d+)")
_EXAMINED: tuple[Verdict, ...] = ("ok", "warn", "fail")
_WORKED = ("driver_loaded", "nvidia_smi")
"""The checks that are well where the GPUs of a host answer: on a bare one neither is."""

_WORDS: dict[Verdict, str] = {"fail": "failed", "unknown": "unknown", "warn": "to watch", "ok": "ok"}


@dataclass(frozen=True)
class Compared:
    """`broken` is what fails or cannot be told and did not before; `mended` is what did before and is well now.

    What was not examined before, because it rested on something broken, cannot have broken since.
    """

    broken: tuple[Finding, ...]
    mended: tuple[Finding, ...]


def compared(before: Sequence[Finding], after: Sequence[Finding]) -> Compared:
    """What the second examination says otherwise than the first."""
    examined = {finding.check for finding in before if finding.verdict in _EXAMINED}
    was = {_one(finding) for finding in before if finding.verdict in BROKEN}
    now = {finding.check for finding in after if finding.verdict in BROKEN}
    well = {finding.check for finding in after if finding.verdict in ("ok", "warn")} - now
    return Compared(
        tuple(f for f in after if f.verdict in BROKEN and f.check in examined and _one(f) not in was),
        tuple(f for f in before if f.verdict in BROKEN and f.check in well),
    )


def worked(findings: Iterable[Finding]) -> bool:
    """Whether the host's GPUs answered: only then there is something to go back to."""
    verdicts: dict[str, set[Verdict]] = {}
    for finding in findings:
        verdicts.setdefault(finding.check, set()).add(finding.verdict)
    return all(verdicts.get(check, set()) & {"ok", "warn"} and not verdicts[check] & {*BROKEN} for check in _WORKED)


def counted(findings: Iterable[Finding]) -> str:
    """`1 failed, 65 ok`: as the doctor counts, without what was skipped."""
    numbers = Counter(finding.verdict for finding in findings)
    return (
        ", ".join(f"{numbers[verdict]} {words}" for verdict, words in _WORDS.items() if numbers[verdict]) or "nothing"
    )


def as_text(name: str, looks: Sequence[tuple[str, Sequence[Finding]]]) -> str:
    """Examinations in the order of time, each with its words, and what the last says otherwise than the first."""
    found = compared(looks[0][1], looks[-1][1])
    lines = [f"Doctor of {name}: " + "; ".join(f"{words}: {counted(findings)}" for words, findings in looks)]
    lines += [f"  broken  {finding.check}: {finding.summary}" for finding in found.broken]
    lines += [f"  mended  {finding.check}: was {finding.summary}" for finding in found.mended]
    lines += ["  nothing is otherwise"] * (not found.broken and not found.mended)
    return "\n".join(lines) + "\n"


def kind(finding: Finding) -> str:
    """What two hosts have in common when they have the same trouble: the check, and for an Xid its number."""
    xid = _XID.search(finding.summary)
    return f"{finding.check} {xid[1]}" if xid else finding.check


def _one(finding: Finding) -> tuple[str, str]:
    return kind(finding), finding.subject
