"""Recorded hosts: tests/recordings/*.rec, each with its golden report and golden plan beside it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from checks import report
from checks.examine import examine
from checks.facts import Facts
from checks.facts.reading import Unknown
from checks.facts.recording import Recording, parse
from checks.profiles.profile import Profile, load
from provision import show
from provision.errors import Unsupported
from provision.planning import plan, refuse

FOLDER = Path(__file__).parent / "recordings"
RECORDINGS = sorted(FOLDER.glob("*.rec"))
DEBIAN = load("debian")


def read(name: str) -> Recording:
    """A recording by its file's name."""
    return parse((FOLDER / f"{name}.rec").read_text(encoding="utf-8"))


def facts(name: str) -> Facts:
    """The facts of a recorded host."""
    return Facts(read(name))


def refused(found: Facts, profile: Profile = DEBIAN) -> str:
    """Why the host must not be touched; empty when it may."""
    try:
        refuse(found, profile)
    except (Unsupported, Unknown) as why:
        return str(why)
    return ""


def golden_report(name: str) -> str:
    """What the doctor says of it."""
    found = facts(name)
    made = report.of(found, name, DEBIAN.name, examine(found, DEBIAN), f"fab -H {name}")
    return report.as_text(replace(made, taken_at=""), verbose=False)


def golden_plan(name: str) -> str:
    """What provisioning would do with it."""
    found = facts(name)
    why = refused(found)
    return f"refused: {why}\n" if why else show.as_text(plan(found, DEBIAN), name, DEBIAN.name)
