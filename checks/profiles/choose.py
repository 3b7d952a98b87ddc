"""Which profile counts for a host: the one asked for, else the one that provisioning left there, else the default."""

from __future__ import annotations

from checks.facts import Facts, applied
from checks.facts.reading import Unknown
from checks.profiles.profile import DEFAULT, Profile, load, parse


def choose(asked: str, facts: Facts) -> Profile:
    """`BadProfile` names the file, the line and the key of what does not fit."""
    if asked:
        return load(asked)
    try:
        text = facts.applied
    except Unknown:
        text = ""
    return parse(text, f"the host's {applied.PATH}") if text.strip() else load(DEFAULT)
