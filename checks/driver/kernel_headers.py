"""There are headers for every kernel that the profile covers, so that DKMS can build the driver.

Without them the driver's packages install, print a warning, and leave no module behind.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, fail, ok, provision, warn
from checks.profiles import kernels
from checks.profiles.profile import Profile

RESTS_ON = ("packages_configured", "gpu_on_bus", "gpu_supported")


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    kernel = facts.kernel
    lacking = kernels.without_headers(facts, profile)
    if not lacking:
        yield ok(f"headers for {' and '.join(kernels.covered(facts, profile))}")
        return
    built = facts.driver.missing(lacking)
    evidence = f"/lib/modules/{lacking[0]}/build is missing"
    if kernel.running in built:
        yield fail(
            f"no headers for the running kernel {kernel.running}",
            why="the driver's module cannot be built for it",
            evidence=evidence,
            remedy=provision("kernel_headers"),
        )
    else:
        yield warn(
            f"no headers for kernel {' and '.join(lacking)}",
            why="the driver cannot be rebuilt for it: the next upgrade leaves it without a module",
            evidence=evidence,
            remedy=provision("kernel_headers"),
            when="next driver upgrade" if not built else "next boot" if kernel.next in built else f"boot of {built[0]}",
        )
