"""The fabric manager, where the profile chooses the driver: which packages a board with NVSwitches wants, and lacks.

It refuses to start beside a driver of any other version than its own (NVIDIA's Fabric Manager User Guide).
"""

from __future__ import annotations

from checks.facts import Facts, branches, nvlink
from checks.profiles import driver_choice
from checks.profiles.profile import Profile

MANAGER = "nvidia-fabricmanager"


def asked(profile: Profile) -> bool:
    """Whether the profile leaves the fabric manager to provisioning."""
    return driver_choice.wanted(profile) and profile.driver.fabric_manager == "auto"


def board(facts: Facts) -> str:
    """What of this host wants a fabric manager, in words; empty where nothing does."""
    switches = len(nvlink.switches(facts.pci))
    if switches:
        return f"{switches} NVSwitches on the bus"
    return "eight GPUs of a board whose NVSwitches are InfiniBand devices" if nvlink.fifth(facts.pci) else ""


def wanted(facts: Facts, profile: Profile) -> tuple[str, ...]:
    """Its packages, without a version."""
    if not asked(profile) or not board(facts):
        return ()
    return branches.fabric(nvlink5=nvlink.fifth(facts.pci))


def lacking(facts: Facts, profile: Profile, *, driver_comes: bool) -> tuple[str, ...]:
    """The packages to install, the manager at the driver's version; `driver_comes`: the driver's are still to come.

    A manager of the driver's version is good, whoever installed it. Nothing, too, where that version is not known, or
    where the driver is Ubuntu's, whose packages for it have other names.
    """
    choice = driver_choice.chosen(facts, profile)
    names = wanted(facts, profile)
    if not names or choice is None or choice.precompiled:
        return ()
    version = choice.version if driver_comes else facts.driver.library
    if not version:
        return ()
    have = f"{facts.fabric.version}."
    fits = have.startswith(f"{version}.") if driver_comes else have == f"{version}."
    missing = facts.packages.missing(tuple(name for name in names if name != MANAGER))
    return () if fits and not missing else (f"{MANAGER}={version}", *missing)
