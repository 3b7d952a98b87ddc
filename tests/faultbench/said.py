"""What the doctor says of each fault, whole: its words are held as its verdicts are.

After a change of words that is meant: `python -m tests.faultbench.said` writes the file anew; read the diff.
"""

from __future__ import annotations

from pathlib import Path

from checks.facts.fingerprint import fingerprint
from tests.faultbench import SINGLE, replay
from tests.faultbench.fault import Fault

FILE = Path(__file__).with_suffix(".txt")


def said(fault: Fault) -> str:
    """The first finding of a fault, field by field."""
    first = replay(fault).first
    if first is None:
        return "nothing"
    fix = first.remedy.text if first.remedy else ""
    rows = (
        (first.verdict, f"{first.check} {first.subject}".strip()),
        ("summary", first.summary),
        ("why", first.why),
        ("evidence", first.evidence),
        ("fix", fix),
        ("when", first.when),
    )
    return "\n".join(f"{key:<9}{text}" for key, text in rows if text)


def page() -> str:
    """All of them, in the order of the bench; two at once say what the first of them says."""
    text = "".join(f"# {fault.name}\n{said(fault)}\n\n" for fault in SINGLE)
    return text.replace(fingerprint(), "THIS_VERSION")  # which every change of checks/ changes


if __name__ == "__main__":
    FILE.write_text(page(), encoding="utf-8")
