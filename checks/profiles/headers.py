"""The packages that hold a kernel's headers, by family, as the package manager is asked for them.

NVIDIA's Driver Installation Guide (pre-installation actions; Oracle Linux) names them: kernel-devel-matched on
Enterprise Linux 9 and later, kernel-devel before, kernel-uek-devel for Oracle's UEK, kernel-64k-devel for kernels with
pages of 64 KiB. Amazon Linux 2023 names its newer kernels kernel6.12 and the like, and needs their modules-extra for
DRM (NVIDIA/holodeck, nv-driver.go). `uname -r` writes a variant behind a plus, packages write it into their name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.os import AMAZON
from checks.facts.packages import Package
from checks.facts.reading import Unknown

_NO_METAPACKAGE = re.compile(r"\d|(unsigned|signed|extra|uc)-\d|.*-(dbg|unsigned|signed-template)$")
_EL = re.compile(r"el(\d+)$")


def names(facts: Facts, releases: tuple[str, ...]) -> tuple[str, ...]:
    """The packages with the headers of these kernels, and those that make the next kernel bring its headers along."""
    if facts.os.family == "rpm":
        return tuple(dict.fromkeys(name for release in releases for name in _rpm(facts, release)))
    return (*(f"linux-headers-{release}" for release in releases), *_metapackages(facts))


def _rpm(facts: Facts, release: str) -> Iterator[str]:
    """Of the next boot's kernel, EL 9 and later have a package that follows it: its name ends in -matched."""
    plain, _, variant = release.partition("+")
    kernel = _base(facts, plain, variant)
    found = _EL.match(facts.os.release)
    follows = found and int(found[1]) >= 9 and kernel != "kernel-uek" and release == facts.kernel.next
    yield f"{kernel}-devel{'-matched' if follows else ''}-{plain}"
    if facts.os.id == AMAZON:
        yield f"{kernel}-modules-extra-{plain}"


def _base(facts: Facts, plain: str, variant: str) -> str:
    """What the names of a kernel's packages begin with."""
    if variant:
        return f"kernel-{variant}"
    if "uek" in plain:
        return "kernel-uek"
    if re.search(r"\.rt\d+\.", plain):
        return "kernel-rt"
    numbered = f"kernel{'.'.join(plain.split('.')[:2])}"
    return numbered if facts.os.id == AMAZON and facts.packages.installed(numbered) else "kernel"


def _metapackages(facts: Facts) -> Iterator[str]:
    for name, package in facts.packages.by_name.items():
        flavour = followed(name)
        if flavour and name.startswith("linux-image-") and package.installed:
            yield f"linux-headers-{flavour}{_at_the_version_of(facts, package)}"


def flavours(facts: Facts) -> tuple[str, ...]:
    """The flavours whose new kernels this host follows, with apt: generic."""
    names = (each.name for each in facts.packages.by_name.values() if each.installed)
    return tuple(flavour for name in names if name.startswith("linux-image-") and (flavour := followed(name)))


def followed(name: str) -> str:
    """The flavour whose kernels, or headers, a package of apt's follows: generic; empty where it follows none."""
    match = re.fullmatch(r"linux-(?:image|headers)-(.+)", name)
    return match[1] if match and not _NO_METAPACKAGE.match(match[1]) else ""


def _at_the_version_of(facts: Facts, image: Package) -> str:
    """A newer metapackage would bring a newer kernel along, which nobody asked for.

    Only where apt's lists offer this version still; where they were not read, the newest one is better than none.
    """
    try:
        archive = facts.archive
    except Unknown:
        return ""
    offered = archive and archive.packages.get(image.name)
    return f"={image.version}" if offered and offered.offers.get(image.version) else ""
