"""Podman is new enough for CDI, by which alone its containers get GPUs.

Podman 4.1 reads the specs that NVIDIA's toolkit makes; an older one takes nvidia.com/gpu=all for a path: "stat
nvidia.com/gpu=0: no such file or directory" (NVIDIA/nvidia-container-toolkit issue 63, Podman 3.0.1).
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok, skipped
from checks.profiles import podman_settings
from checks.profiles.profile import Profile

RESTS_ON = ("podman_installed",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    podman = facts.podman
    if not podman.program:
        yield skipped("not applicable: there is no Podman")
    elif podman_settings.knows_cdi(facts):
        yield ok(f"Podman {podman.version} takes GPUs by CDI")
    elif not podman_settings.asked(profile):
        yield skipped(f"not applicable: Podman {podman.version} knows no CDI, and the profile does not ask for Podman")
    else:
        yield fail(
            f"Podman {podman.version} is too old for CDI, which came with 4.1",
            why="podman run --device nvidia.com/gpu=all says: stat nvidia.com/gpu=all: no such file or directory",
            evidence=f"podman --version: {podman.version}",
            remedy=by_hand(podman_settings.WAY_OUT),
        )
