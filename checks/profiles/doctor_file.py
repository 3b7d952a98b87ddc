"""What the host lacks of the doctor as one file, where the profile wants it there, and what stands against it."""

from __future__ import annotations

from checks.facts import Facts
from checks.facts.doctor_file import PATH
from checks.facts.fingerprint import fingerprint


def lacking(facts: Facts) -> str:
    """Why the file must be put there; empty where it is there, whole, ours and of this version."""
    file, ours = facts.doctor_file, facts.doctor_file.ours
    if ours is None:
        return f"there is no {PATH}" if not file.other else f"{PATH} is {file.other}"
    if not ours.whole:
        return f"{PATH} is damaged: its sha256 is not the one that it names"
    if ours.fingerprint != fingerprint():
        return f"{PATH} is the doctor of another version ({ours.fingerprint})"
    if not ours.executable:
        return f"{PATH} may not be run: its mode has no x"
    if file.python and ours.interpreter != file.interpreter:
        return f"{PATH} is to be run by {ours.interpreter}, and {file.python.path} is the Python that can"
    return ""


def obstacle(facts: Facts) -> str:
    """Why the file is not put there; empty where it can be, or need not be."""
    file = facts.doctor_file
    if file.other:
        return f"{PATH} is {file.other}: it is left alone"
    if file.python is None and lacking(facts):
        return f"no Python from 3.9 on can run {PATH} here{_found(facts)}"
    return ""


def _found(facts: Facts) -> str:
    said = {"old": "too old", "partial": "without its standard library"}
    found = [f"{python.path} is {python.version}, {said[why]}" for why, python in facts.doctor_file.unusable]
    return f" ({'; '.join(found)})" if found else ""
