"""The loaded kernel module and the user-space library are one version.

An unattended upgrade replaces the library under a running module; from then
on every CUDA call fails with "Driver/library version mismatch".
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok, provision, warn
from checks.profiles.profile import Profile

RESTS_ON = ("driver_loaded",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    module, library = facts.modules["nvidia"].version, facts.driver.library
    later = facts.driver.for_kernel(facts.kernel.next)
    if module != library:
        yield fail(
            f"the kernel module is {module}, the library libnvidia-ml is {library}",
            why='every call into the driver fails: "Driver/library version mismatch"',
            evidence=f"/sys/module/nvidia/version: {module}; libnvidia-ml.so.1 -> libnvidia-ml.so.{library}",
            remedy=provision("driver"),
        )
    elif later and later.version != library:
        yield warn(
            f"the next boot loads module {later.version}, the library is {library}",
            why='every call into the driver then fails: "Driver/library version mismatch"',
            evidence=f"modinfo: {later.name} {later.version} for {later.release}",
            remedy=by_hand(f"dkms status; then rebuild: dkms install {later.name}/{library} -k {later.release}"),
            when="next boot",
        )
    else:
        yield ok(f"module and library are both {module}")
