"""Packages as profiles name them: `name`, or `name=version`, and how apt, and dnf or yum, are asked for one.

A version is exact (375.66), or the beginning of one up to a dot or a dash: a branch (375).
"""

from __future__ import annotations

from checks.facts.packages import Packages


def name(wanted: str) -> str:
    """The package's name alone."""
    return wanted.partition("=")[0]


def missing(packages: Packages, wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the packages that are not installed, or not at the version asked for."""
    return tuple(each for each in wanted if not _there(packages, each))


def asked(wanted: tuple[str, ...], family: str) -> tuple[str, ...]:
    """How the package manager of the family (apt, rpm) is asked for the packages."""
    between = "=" if family == "apt" else "-"
    pairs = (each.partition("=") for each in wanted)
    return tuple(f"{package}{between}{version}*" if version else package for package, _, version in pairs)


def _there(packages: Packages, wanted: str) -> bool:
    """What is half configured counts: the component packages finishes it, at the version that it has."""
    package, _, version = wanted.partition("=")
    found = packages.by_name.get(package)
    if found is None or not (found.installed or found.half_configured):
        return False
    return not version or fits(found.version, version)


def fits(found: str, version: str) -> bool:
    """Whether a version with its epoch and its revision is the one asked for; the epoch need not be named."""
    if ":" not in version:
        found = found.partition(":")[2] or found
    return found == version or (found.startswith(version) and not found[len(version)].isalnum())
