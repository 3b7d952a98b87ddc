"""A driver of another origin than the profile's: what there is of it, by which provisioning could remove it.

NVIDIA's runfile leaves its own program to take it away again; packages are those of a driver under any of the names
that Debian, Ubuntu, NVIDIA, RPM Fusion and ELRepo have for its parts. The container toolkit and GPUDirect Storage
(nvidia-fs) are no parts of it.
"""

from __future__ import annotations

import re

from checks.facts import Facts
from checks.facts.reading import Unknown
from checks.profiles import wants
from checks.profiles.profile import Profile

_PART = re.compile(
    r"((lib|kmod-|akmod-|dkms-|xorg-x11-drv-|xserver-xorg-video-|firmware-|glx-alternative-"
    r"|linux-(modules|objects|signatures)-)?nvidia(?!-(container|docker|fs\b|cuda-(dev|doc|toolkit|gdb)))"
    r"|libcuda1|libnvcuvid|libnvoptix|cuda-drivers)"
)


def runfile(facts: Facts) -> str:
    """The program of NVIDIA's runfile that takes its driver away; empty where there is none."""
    return next(iter(facts.loader.runfile), "")


def packages(facts: Facts) -> tuple[str, ...]:
    """The installed packages that are parts of a driver, by name."""
    found = (package.name for package in facts.packages.by_name.values() if package.installed)
    return tuple(sorted(name for name in found if _PART.match(name)))


def there(facts: Facts, profile: Profile) -> bool:
    """Whether a driver is here that the profile's packages did not bring."""
    return facts.os.release in wants.releases(profile) and wants.foreign_driver(facts, profile)


def beside(facts: Facts, profile: Profile) -> bool:
    """Whether a runfile's driver lies over the files of the profile's packages."""
    return bool(runfile(facts)) and not there(facts, profile) and bool(facts.packages.driver)


def origin(facts: Facts) -> str:
    """Where it is from, as far as the host shows it."""
    if program := runfile(facts):
        return f"NVIDIA's runfile, {program}"
    makers: dict[str, None] = {}
    try:
        for package in facts.packages.driver:
            if facts.archive and package.name in facts.archive.packages:
                found = facts.archive.origins(package.name, package.version)
                makers.update(dict.fromkeys(release.origin or release.label or release.file for release in found))
    except Unknown:
        pass
    names = packages(facts)
    of = f" of {' and '.join(makers)}" if makers else ""
    return f"packages{of}: {', '.join(names[:4])}{', ...' if len(names) > 4 else ''}" if names else "unknown"


def left_alone(facts: Facts, profile: Profile) -> tuple[str, ...]:
    """What a plan says of a driver that it leaves alone, with the key that would replace it."""
    try:
        if profile.driver.replace or not there(facts, profile):
            return ()
        found = f"the driver here is not the profile's ({origin(facts)})"
    except Unknown:
        return ()
    return (f"{found}: it is left alone. driver.replace = true in the profile removes it and installs the profile's",)
