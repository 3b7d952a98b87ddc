"""Which kernels need headers and a driver module: the running one, the next boot's, and others that may be chosen.

`kernel.cover` of the profile says which others. What the archive offers is known of apt alone: dnf keeps no list that
can be asked without running it.
"""

from __future__ import annotations

from checks.facts import Facts
from checks.facts.bootloader import order
from checks.facts.reading import Unknown
from checks.profiles import driver_choice
from checks.profiles.profile import Profile


def covered(facts: Facts, profile: Profile) -> tuple[str, ...]:
    """The kernels for which there should be headers and a module, those that boot first."""
    return (*facts.kernel.wanted, *others(facts, profile))


def others(facts: Facts, profile: Profile) -> tuple[str, ...]:
    """The installed kernels besides the running and the next one that the profile covers too, newest first."""
    kernel = facts.kernel
    left = [release for release in kernel.images if release not in kernel.wanted and "rescue" not in release]
    if profile.kernel.cover == "boot" or driver_choice.precompiled(facts, profile):
        left = []
    elif profile.kernel.cover == "offered":
        left = [release for release in left if release in kernel.headers or _offered(facts, release)]
    return tuple(sorted(left, key=order, reverse=True))


def without_headers(facts: Facts, profile: Profile) -> tuple[str, ...]:
    """The covered kernels that no module can be built for; none where none has to be."""
    if driver_choice.precompiled(facts, profile):
        return ()
    return tuple(release for release in covered(facts, profile) if release not in facts.kernel.headers)


def _offered(facts: Facts, release: str) -> bool:
    try:
        archive = facts.archive
    except Unknown:
        return False
    found = archive.packages.get(f"linux-headers-{release}") if archive else None
    return found is not None and bool(found.candidate)
