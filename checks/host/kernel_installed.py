"""The running kernel is still installed: its modules are on disk.

An autoremove that takes it away leaves a host that can load no module any more, until it boots another kernel.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok, warn
from checks.profiles.profile import Profile

RESTS_ON = ()


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    kernel = facts.kernel
    if not kernel.gone:
        yield ok(f"{kernel.running} is installed")
        return
    loaded = "nvidia" in facts.modules
    evidence = f"/lib/modules/{kernel.running} does not exist; the next boot takes {kernel.next}"
    why = "no module can be loaded any more: neither the NVIDIA driver nor what docker and file systems need"
    remedy = by_hand(f"reboot, into {kernel.next}")
    if loaded:
        yield warn(
            f"the running kernel {kernel.running} is no longer installed", why=why, evidence=evidence, remedy=remedy
        )
    else:
        yield fail(
            f"the running kernel {kernel.running} is no longer installed", why=why, evidence=evidence, remedy=remedy
        )
