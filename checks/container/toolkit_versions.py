"""The packages of NVIDIA's container toolkit are all of one version.

From 1.18 on its programs work only with the library of exactly their version; a partial upgrade or a pin breaks every
container with GPUs.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok, skipped
from checks.profiles.profile import Profile

RESTS_ON = ("packages_configured",)
PACKAGES = (
    "nvidia-container-toolkit",
    "nvidia-container-toolkit-base",
    "libnvidia-container-tools",
    "libnvidia-container1",
)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    found = {name: package for name in PACKAGES if (package := facts.packages.installed(name))}
    versions = {package.version for package in found.values()}
    if not found:
        yield skipped("not applicable: NVIDIA's container toolkit is not installed by a package")
    elif len(versions) > 1:
        yield fail(
            f"the toolkit's packages are of {len(versions)} versions",
            why="its programs refuse a library of another version, so containers with GPUs do not start",
            evidence=", ".join(f"{name} {package.version}" for name, package in found.items()),
            remedy=by_hand(f"apt-get install {' '.join(f'{name}={max(versions)}' for name in found)}"),
        )
    else:
        yield ok(f"the toolkit's packages are all {versions.pop()}")
