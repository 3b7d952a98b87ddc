"""Which profile counts for a host: the one asked for, the site file's, what provisioning left there, the default.

What the site file overrides counts on top of each of the last three.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from checks.facts import Facts, applied
from checks.facts.reading import Unknown
from checks.profiles import site
from checks.profiles.layer import Layer, read
from checks.profiles.profile import AS_FOUND, DEFAULT, Profile, Resolved, checked, layers, resolve, stack


@dataclass(frozen=True)
class Choice:
    """The profile of a host, and in words where it was found."""

    resolved: Resolved
    source: str


def choose(asked: str, facts: Facts, host: str = "", otherwise: str = AS_FOUND) -> Profile:
    """The profile of a host whose name in -H is `host`; `BadProfile` names file, line and key of what does not fit.

    `otherwise` counts where nobody has said what the host should be.
    """
    return decide(asked, _name(facts, host), lambda: _held(facts), otherwise).resolved.profile


def decide(asked: str, host: str, held: Callable[[], str], otherwise: str = DEFAULT) -> Choice:
    """The choice for a host; `held`, what provisioning left there (empty: nothing), is asked only where it counts."""
    if asked:
        return Choice(resolve(layers(asked)), f"--profile {asked}")
    file = site.find()
    found = site.load(file) if file and host else Layer("", {})
    upper = list(site.overrides(found, host))
    lower, source = site.base(found, file.parent if file else Path(), host), f"the site file {file}"
    if not lower and (text := held()).strip():
        source = f"the host's {applied.PATH}"
        lower = stack(checked(read(text, source)), Path())
    elif not lower:
        lower, source = layers(otherwise), "the default"
    return Choice(resolve([*lower, *upper]), source)


def _held(facts: Facts) -> str:
    try:
        return facts.applied
    except Unknown:
        return ""


def _name(facts: Facts, host: str) -> str:
    """The name as it was given, else the one that the host gives itself; empty where neither is known."""
    if host not in ("", "localhost"):
        return host
    try:
        return facts.host.name
    except Unknown:
        return ""
