"""Podman is installed where the profile wants it.

It has no daemon: its program is all there is.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, fail, ok, provision, skipped
from checks.profiles import podman_settings
from checks.profiles.profile import Profile

RESTS_ON = ("packages_configured", "gpu_on_bus", "gpu_supported")


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    podman, why = facts.podman, "containers cannot be started with Podman"
    if podman.program:
        yield ok(f"Podman {podman.version} is here", podman.program)
    elif not podman_settings.asked(profile):
        yield skipped("not applicable: there is no Podman, and the profile asks for none")
    elif packages := podman_settings.packages(facts, profile):
        yield fail(
            "Podman is not installed",
            why=why,
            evidence=f"podman is not on PATH; to install: {', '.join(packages)}",
            remedy=provision("podman"),
        )
    else:
        names = ", ".join(podman_settings.lost(facts, profile))
        yield fail(
            "Podman's program is missing",
            why=why,
            evidence=f"podman is not on PATH; {names} should have brought it",
            remedy=provision("podman"),
        )
