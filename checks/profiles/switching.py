"""When packages put another driver in place of the one that is loaded, and what keeps that one loaded."""

from __future__ import annotations

from collections.abc import Sequence

from checks.facts import Facts
from checks.profiles import pins
from checks.profiles.driver_words import Choice
from checks.profiles.interrupts import work

_STOPPED = ("nvidia-persiste",)
"""Holders, as the kernel cuts their names, that unloading the driver stops itself."""


def replaces(facts: Facts, coming: Sequence[str], choice: Choice | None, *, foreign: bool) -> str:
    """What packages that are to come put in place of the loaded module, in words; empty where it may stay loaded."""
    loaded = facts.modules.get("nvidia")
    if loaded is None or not coming:
        return ""
    built = facts.driver.for_kernel(facts.kernel.running)
    wanted = [choice.version] if choice else [version for each in coming if (version := _changed(facts, each))]
    kind = flavour(built.licence) if built else ""
    words = [
        f"{version} in place of {loaded.version}" for version in wanted[:1] if not pins.fits(loaded.version, version)
    ]
    if choice and kind and kind != choice.flavour:
        words.append(f"{choice.flavour} modules in place of {kind} ones")
    if foreign and not words:
        words.append(f"that of the profile in place of {loaded.version}")
    return ", ".join(words)


def users(facts: Facts) -> tuple[str, ...]:
    """Who keeps the loaded driver from being unloaded, in words; empty where nobody does."""
    loaded = facts.modules["nvidia"]
    above = [each for each in facts.modules.values() if each.name in ("nvidia_drm", "nvidia_modeset")]
    screens = tuple(f"the module {each.name}" for each in above if each.users > len(each.holders))
    if loaded.users <= len(loaded.holders):
        return screens
    holders = work(facts).holders
    busy = (f"{holder.command} (pid {holder.pid})" for holder in holders if holder.command not in _STOPPED)
    return (*busy, *screens) if holders else (*screens, "somebody")


def flavour(licence: str) -> str:
    """The kind of a module by its licence, as modinfo prints it."""
    return "open" if "GPL" in licence else "proprietary"


def _changed(facts: Facts, wanted: str) -> str:
    """The upstream version that a package is pinned to, where another one of it is here."""
    name, _, version = wanted.partition("=")
    return version.rpartition(":")[2].partition("-")[0] if facts.packages.installed(name) else ""
