"""Messages explained in words: for a person, for a program, and inside a finding whose evidence holds one."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace

from checks.finding import Finding, by_hand
from checks.texts import Meaning, meanings

SCHEMA = 1


_LOOK = re.compile(r"journalctl|dmesg|its (journal|log)|the line says|findings above")
"""A remedy that only says where to read on."""


def explained(finding: Finding) -> Finding:
    """A failed finding whose evidence holds a known message gets its cause, and its fix where it only said: look.

    A check that tells a person what to do knows more of this host than the dictionary, and keeps its own words.
    """
    remedy = finding.remedy
    acts = remedy is not None and bool(remedy.component or remedy.script)
    knows = remedy is not None and not acts and not _LOOK.search(remedy.text)
    if finding.verdict != "fail" or knows or not finding.evidence:
        return finding
    known = next(iter(meanings(finding.evidence)), None)
    if known is None or known.text.cause in finding.why:
        return finding
    why = f"{finding.why}; {known.text.cause}" if finding.why else known.text.cause
    return replace(finding, why=why, remedy=remedy if acts else by_hand(known.text.fix))


def as_text(found: Sequence[Meaning]) -> str:
    """Each message with its line; what is not known is said, and not guessed at."""
    if not found:
        return "nothing in this text is known here; gpuwright's doctor on the host may tell more\n"
    return "\n".join(_block(meaning) for meaning in found)


def _block(meaning: Meaning) -> str:
    known = meaning.text
    times = f", {meaning.times} times" if meaning.times > 1 else ""
    rows = (
        ("seen in", known.seen),
        ("cause", known.cause),
        ("make sure", known.sure),
        ("fix", known.fix),
        ("source", known.source),
    )
    lines = [f"line {meaning.number}{times}: {meaning.line}", *(f"        {key:<10}{text}" for key, text in rows)]
    return "\n".join(lines) + "\n"


def as_json(found: Sequence[Meaning]) -> str:
    """One document on one line: {"schema", "known": [...]}."""
    return json.dumps({"schema": SCHEMA, "known": [_as_dict(meaning) for meaning in found]}, ensure_ascii=False)


def _as_dict(meaning: Meaning) -> dict[str, object]:
    known = meaning.text
    return {
        "name": known.name,
        "line": meaning.line,
        "number": meaning.number,
        "times": meaning.times,
        "cause": known.cause,
        "sure": known.sure,
        "fix": known.fix,
        "source": known.source,
    }
