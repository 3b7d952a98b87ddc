"""Whether the driver that is here is another branch of what the profile's own source offers.

NVIDIA's packages for Ubuntu have the branch in their names up to 580 and lost it with 590, so that no name of the one
is a name of the other. Ubuntu's archive has packages of the same old names: of those that are NVIDIA's, apt knows where
they are from, or the package is there that keeps apt on a branch, which NVIDIA alone has.
"""

from __future__ import annotations

from checks.facts import Facts
from checks.facts.branches import offers
from checks.facts.reading import Unknown
from checks.profiles import driver_choice
from checks.profiles.profile import Profile


def there(facts: Facts, profile: Profile) -> bool:
    """Whether it is; not where that cannot be known: the driver then counts as another's, and is left alone."""
    if not driver_choice.wanted(profile) or driver_choice.source(facts, profile) != "nvidia":
        return False
    have = driver_choice.there(facts, "nvidia")
    return have is not None and (_kept_on_a_branch(facts) or _from_the_repositories(facts, profile, have.packages))


def _kept_on_a_branch(facts: Facts) -> bool:
    keepers = tuple(name.partition("{")[0] for offer in offers() for name in offer.first)
    return any(name.startswith(keepers) for name, package in facts.packages.by_name.items() if package.installed)


def _from_the_repositories(facts: Facts, profile: Profile, names: tuple[str, ...]) -> bool:
    """Whether apt knows these packages, as they are here, from an archive that the profile prefers."""
    try:
        archive = facts.archive
    except Unknown:
        return False
    labels = {each.prefer for each in profile.repositories.values() if each.prefer}
    here = [package for name in names if (package := facts.packages.installed(name))]
    return archive is not None and all(
        package.name in archive.packages
        and any(release.label in labels for release in archive.origins(package.name, package.version))
        for package in here
    )
