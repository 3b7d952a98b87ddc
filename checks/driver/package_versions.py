"""All packages of the driver are of one version.

A transaction that was cut off, a hold on some of them, or two repositories leave a kernel module beside libraries of
another version: what runs now goes on, and the next load of the module fails with a version mismatch.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, ok, warn
from checks.profiles.profile import Profile

RESTS_ON = ("packages_configured",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    packages = facts.packages.driver
    versions: dict[str, list[str]] = {}
    for package in packages:
        versions.setdefault(package.driver, []).append(package.name)
    if len(versions) < 2:
        yield ok(
            f"{len(packages)} package(s) of the driver, all {next(iter(versions), '')}"
            if packages
            else "none installed"
        )
        return
    parts = "; ".join(f"{', '.join(names[:3])} {version}" for version, names in sorted(versions.items()))
    yield warn(
        f"the driver's packages are of {len(versions)} versions: {', '.join(sorted(versions))}",
        why="module and libraries must be of one version: otherwise every call into the driver fails",
        evidence=parts,
        remedy=by_hand("bring all to one version in one transaction; apt-mark showhold shows what is held back"),
        when="next load of the module",
    )
