"""Which packages `driver.hold` keeps at their versions, and which of them nothing keeps yet.

apt has its own holds (apt-mark(8)), which unattended-upgrades respects; a blacklist of its own keeps it off them also
while one is lifted. dnf and yum have the versionlock plugin; where it is absent, names are excluded in dnf.conf.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.holds import Conf
from checks.facts.packages import Package
from checks.profiles import headers, pins, wants
from checks.profiles.name_list import listed
from checks.profiles.profile import Profile

EXCLUDES = ("excludepkgs", "exclude")
MAIN, AUTOMATIC = ("/etc/dnf/dnf.conf", "/etc/yum.conf"), "/etc/dnf/automatic.conf"
PATTERNS = ("(lib)?nvidia-(?!container|docker)", "libcuda1$", "libnvcuvid", "cuda-drivers", "linux-(image|headers)-")
"""What unattended-upgrades is kept off: regular expressions for the beginning of a name."""

_BESIDE = re.compile(r"nvidia-(fabric-?manager|imex|persistenced|modprobe)|libnvidia-nscq|libnvsdm|nvlsm")
_KERNEL = re.compile(r"kernel\d*(\.\d+)?(-(uek|64k|rt))?(-core|-modules.*|-devel.*)?$")


def kept(facts: Facts, profile: Profile) -> tuple[Package, ...]:
    """The installed packages that are to stay as they are: the driver's, and those that follow new kernels."""
    ours = {pins.name(each) for each in wants.drivers(facts, profile)} | {each.name for each in facts.packages.driver}
    there = [package for package in facts.packages.by_name.values() if package.installed]
    drivers = [package for package in there if package.name in ours or _BESIDE.match(package.name)]
    return (*drivers, *(package for package in there if _of_kernel(facts, package.name)))


def lacking(facts: Facts, profile: Profile) -> tuple[str, ...]:
    """The packages that nothing keeps yet, those among them that are still to come."""
    if not profile.driver.hold:
        return ()
    coming = () if wants.unplannable("driver", facts, profile) else wants.driver_packages(facts, profile)
    if not wants.unplannable("fabric_manager", facts, profile):
        coming = (*coming, *wants.fabric_packages(facts, profile))
    free = (package.name for package in kept(facts, profile) if not _held(facts, package))
    return tuple(dict.fromkeys((*free, *map(pins.name, coming))))


def by_exclusion(facts: Facts) -> str:
    """The file in which names are excluded, where dnf or yum have no versionlock plugin; empty where they have."""
    if facts.os.family == "apt" or facts.holds.plugin:
        return ""
    return next((path for path in MAIN if path in facts.holds.files), MAIN[0])


def blacklist(facts: Facts, profile: Profile) -> tuple[str, ...]:
    """What unattended-upgrades must leave alone and does not; empty where all is well, or it is not installed."""
    if not profile.driver.hold or not facts.packages.installed("unattended-upgrades") or facts.archive is None:
        return ()
    names = [package.name for package in kept(facts, profile)]
    there = facts.archive.settings.get("Unattended-Upgrade::Package-Blacklist", ())
    if all(_matched(there, name) for name in names):
        return ()
    return (*PATTERNS, *(f"{re.escape(name)}$" for name in names if not _matched(PATTERNS, name)))


def automatic(facts: Facts, profile: Profile) -> tuple[str, ...]:
    """The packages that dnf-automatic would upgrade; empty where none, or its timers are off."""
    if not profile.driver.hold or facts.os.family == "apt" or not facts.holds.automatic:
        return ()
    excluded = excludes(facts, AUTOMATIC, "base")
    return tuple(package.name for package in kept(facts, profile) if not _globbed(excluded, package.name))


def excludes(facts: Facts, path: str, section: str) -> tuple[str, ...]:
    """The names that a file excludes."""
    return listed(facts.holds.files.get(path, Conf("", "")).text or "", section, EXCLUDES)


def obstacle(facts: Facts, profile: Profile) -> str:
    """Why holds cannot be set; empty when they can."""
    edits = [by_exclusion(facts)] if lacking(facts, profile) else []
    edits += [AUTOMATIC] if automatic(facts, profile) else []
    for path in filter(None, edits):
        if path in facts.holds.files and facts.holds.files[path].text is None:
            return f"{path} cannot be edited: its text is not known to the byte"
    return ""


def reasons(facts: Facts, profile: Profile) -> Iterator[str]:
    """What is not as `driver.hold` wants it, in words."""
    if free := lacking(facts, profile):
        yield f"not on hold: {', '.join(free[:4])}{', ...' if len(free) > 4 else ''}"
    if blacklist(facts, profile):
        yield "unattended-upgrades is not kept off them"
    if automatic(facts, profile):
        yield "dnf-automatic is not kept off them"


def _held(facts: Facts, package: Package) -> bool:
    if facts.os.family == "apt":
        return package.held
    version = package.version.rpartition(":")[2]
    if (package.name, version) in facts.holds.locked:
        return True
    path = by_exclusion(facts)
    return bool(path) and _globbed(excludes(facts, path, "main"), package.name)


def _of_kernel(facts: Facts, name: str) -> bool:
    return bool(headers.followed(name) if facts.os.family == "apt" else _KERNEL.match(name))


def _globbed(patterns: tuple[str, ...], name: str) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def _matched(patterns: tuple[str, ...], name: str) -> bool:
    try:
        return any(text and re.match(text, name) for text in patterns)
    except re.error:
        return False
