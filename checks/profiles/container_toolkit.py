"""What a host lacks of the profile's [container_toolkit]: packages, all of one version.

From 1.18 on the programs work only with the library of exactly their version, so all packages are asked for together.
"""

from __future__ import annotations

from checks.facts import Facts
from checks.profiles import interrupts, pins
from checks.profiles.profile import Profile

RUNTIME = "/usr/bin/nvidia-container-runtime"
NAME = "nvidia"


def asked(profile: Profile) -> bool:
    """Whether the profile wants the toolkit."""
    return bool(profile.container_toolkit.version)


def wanted(profile: Profile) -> tuple[str, ...]:
    """Its packages at the version."""
    return tuple(f"{name}={profile.container_toolkit.version}" for name in profile.container_toolkit.packages)


def lacking(facts: Facts, profile: Profile) -> tuple[str, ...]:
    """Those that are not installed at the version."""
    return pins.missing(facts.packages, wanted(profile)) if asked(profile) else ()


def found(facts: Facts, profile: Profile) -> dict[str, str]:
    """The versions of those that are installed, by package."""
    names = profile.container_toolkit.packages
    return {name: package.version for name in names if (package := facts.packages.installed(name))}


def release(profile: Profile) -> tuple[int, int]:
    """The version in two numbers; (0, 0) where none is asked for."""
    if not asked(profile):
        return (0, 0)
    major, minor, _ = profile.container_toolkit.version.split(".")
    return (int(major), int(minor))


def brings(profile: Profile, program: str) -> bool:
    """Whether a program is one that the toolkit of the profile brings."""
    return asked(profile) and program == RUNTIME


def spellings(path: str) -> tuple[str, ...]:
    """A program by its path, and by its bare name where that means the same."""
    folder, _, name = path.rpartition("/")
    return (path, name) if folder == "/usr/bin" else (path,)


def obstacle(facts: Facts, profile: Profile) -> str:
    """Why the toolkit cannot be installed; empty when nothing stands against it.

    `Unknown` where it is not known from which containers a reload of systemd would take their GPUs.
    """
    if not profile.container_toolkit.packages:
        return "the profile names a version of the container toolkit and none of its packages"
    if lacking(facts, profile):
        interrupts.with_gpus(facts)
    return ""
