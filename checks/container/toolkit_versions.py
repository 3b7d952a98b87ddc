"""The packages of NVIDIA's container toolkit are all of one version, and of the one that the profile asks for.

From 1.18 on its programs work only with the library of exactly their version; a partial upgrade or a pin breaks every
container with GPUs.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok, provision, skipped
from checks.profiles import container_toolkit
from checks.profiles.profile import Profile

RESTS_ON = ("packages_configured",)
PACKAGES = (
    "nvidia-container-toolkit",
    "nvidia-container-toolkit-base",
    "libnvidia-container-tools",
    "libnvidia-container1",
)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    found = {name: package for name in PACKAGES if (package := facts.packages.installed(name))}
    versions = {package.version for package in found.values()}
    told = ", ".join(f"{name} {package.version}" for name, package in found.items())
    if container_toolkit.lacking(facts, profile):
        yield _other_than_asked(facts, profile, told)
    elif not found:
        yield skipped("not applicable: NVIDIA's container toolkit is not installed by a package")
    elif len(versions) > 1:
        manager, between = ("apt-get", "=") if facts.os.family == "apt" else ("dnf", "-")
        yield fail(
            f"the toolkit's packages are of {len(versions)} versions",
            why="its programs refuse a library of another version, so containers with GPUs do not start",
            evidence=told,
            remedy=by_hand(f"{manager} install {' '.join(f'{name}{between}{max(versions)}' for name in found)}"),
        )
    else:
        yield ok(f"the toolkit's packages are all {versions.pop()}")


def _other_than_asked(facts: Facts, profile: Profile, told: str) -> Finding:
    asked = profile.container_toolkit.version
    here = container_toolkit.found(facts, profile)
    said = "NVIDIA's container toolkit is not installed"
    if len(set(here.values())) > 1:
        said = f"the toolkit's packages are of {len(set(here.values()))} versions"
    elif here:
        lacking = len(profile.container_toolkit.packages) - len(here)
        said = f"the container toolkit is {next(iter(here.values()))}" + (
            f", and {lacking} package(s) lack" * (lacking > 0)
        )
    return fail(
        f"{said}, and the profile asks for {asked}",
        why="containers with GPUs do not start, or not as this host's profile says",
        evidence=told or f"no package {profile.container_toolkit.packages[0]}"
        if profile.container_toolkit.packages
        else "",
        remedy=provision("container_toolkit"),
    )
