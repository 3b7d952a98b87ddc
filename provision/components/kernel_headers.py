"""Headers for the running kernel and for the one of the next boot: DKMS builds the driver against them.

With apt the metapackage comes along where the kernel's own is installed, so that the next kernel brings its headers
too. On Enterprise Linux they are called kernel-devel.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.packages import Package
from checks.facts.reading import Unknown
from checks.profiles.profile import Profile
from provision.step import Step

RESTS_ON = ("package_sources",)


def plan(facts: Facts, profile: Profile) -> Iterator[Step]:  # noqa: ARG001 - one shape for every component
    lacking = facts.kernel.without_headers
    if not lacking:
        return
    built = "no" if facts.driver.missing(lacking) else "the next"
    names = _names(facts, lacking)
    yield Step(
        f"install {' '.join(names)}",
        why=f"without headers {built} driver module can be built for {' and '.join(lacking)}",
        script=f"install_packages {' '.join(names)}\n",
        undo="undo_packages\n",
        installs=names,
    )


def _names(facts: Facts, lacking: tuple[str, ...]) -> tuple[str, ...]:
    if facts.os.family == "rpm":
        return tuple(f"kernel-devel-{release}" for release in lacking)
    return (*(f"linux-headers-{release}" for release in lacking), *_metapackages(facts))


def _metapackages(facts: Facts) -> Iterator[str]:
    for name, package in facts.packages.by_name.items():
        flavour = name.removeprefix("linux-image-")
        if flavour != name and not flavour[:1].isdigit() and package.installed:
            yield f"linux-headers-{flavour}{_at_the_version_of(facts, package)}"


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
