"""The driver is on disk: its libraries, and a module for every kernel that the profile covers.

A kernel without a module boots without GPUs; DKMS builds one for each kernel that has headers.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.reading import Unknown
from checks.finding import Finding, fail, ok, provision, warn
from checks.profiles import wants
from checks.profiles.profile import Profile

RESTS_ON = ("packages_configured", "gpu_on_bus", "gpu_supported", "kernel_headers", "signing_key")


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    running, driver = facts.kernel.running, facts.driver
    lacking = wants.modules(facts, profile)
    packages = wants.driver_packages(facts, profile)
    log = _reason(facts, lacking[0]) if lacking else ""
    if running in lacking or not driver.library:
        yield fail(
            f"no driver module for the running kernel {running}" if running in lacking else "no driver library",
            why="without it no program can use the GPUs",
            evidence=log or (f"not installed: {', '.join(packages)}" if packages else f"DKMS has {driver.sources}"),
            remedy=provision("driver"),
        )
    elif lacking:
        yield warn(
            f"no driver module for kernel {lacking[0]}, which "
            + ("the next boot takes" if lacking[0] == facts.kernel.next else "is installed too"),
            why="the host then comes up without its GPUs",
            evidence=log or f"/lib/modules/{lacking[0]} holds no nvidia module",
            remedy=provision("driver"),
            when="next boot" if lacking[0] == facts.kernel.next else f"boot of {lacking[0]}",
        )
    elif packages:
        yield warn(
            f"the driver is incomplete: {', '.join(packages)} not installed",
            why="the profile names these packages",
            evidence=f"dpkg-query does not list {packages[0]} as installed",
            remedy=provision("driver"),
        )
    else:
        built = driver.for_kernel(facts.kernel.wanted[0])
        assert built is not None  # noqa: S101 - `lacking` is empty
        yield ok(f"{built.name} {built.version} is built for {built.release}")


def _reason(facts: Facts, release: str) -> str:
    """Why DKMS has no module for that kernel, as far as its tree shows it; else the end of its log."""
    try:
        trees = facts.dkms
    except Unknown:
        trees = ()
    for tree in trees:
        if tree.failure and tree.failure.kernel in ("", release):
            return f"DKMS could not build {tree.name} for {release}: {tree.failure.error}"
    for tree in trees:
        if not tree.built:
            return f"DKMS has {tree.name}, added but never built"
        if release not in tree.built:
            return f"DKMS built {tree.name} for {', '.join(tree.built)} only"
    return "; ".join(facts.driver.log[-2:])
