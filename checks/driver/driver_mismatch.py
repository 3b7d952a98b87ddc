"""The loaded kernel module and the user-space library are one version.

An unattended upgrade replaces the library under a running module; from then on every CUDA call fails with
"Driver/library version mismatch". Who upgraded what, and when, is in the package manager's own logs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.history import arrival
from checks.facts.reading import Unknown
from checks.finding import Finding, by_hand, fail, ok, provision, warn
from checks.profiles.profile import Profile

RESTS_ON = ("driver_loaded",)
_LIBRARIES = re.compile(r"libnvidia-(ml1|compute)|nvidia-driver|libcuda1|nvidia-(kernel-)?dkms|xorg-x11-drv-nvidia")


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    module, library = facts.modules["nvidia"].version, facts.driver.library
    later = facts.driver.for_kernel(facts.kernel.next)
    if module != library:
        yield fail(
            f"the kernel module is {module}, the library libnvidia-ml is {library}",
            why='every call into the driver fails: "Driver/library version mismatch"',
            evidence=f"/sys/module/nvidia/version: {module}; libnvidia-ml.so.1 -> libnvidia-ml.so.{library}"
            + _upgraded(facts, library),
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


def _upgraded(facts: Facts, library: str) -> str:
    """Who brought that version, when and how, as far as the logs say."""
    try:
        found = arrival(facts.history, _LIBRARIES, library)
    except Unknown:
        return ""
    return f"; {found}" if found else ""
