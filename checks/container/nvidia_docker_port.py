"""Port 3476 on this host is free, or the nvidia-docker plugin's own.

The plugin ends when another program has it, or a second copy of itself started by hand (NVIDIA/nvidia-docker issue
358).
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.nvidia_docker import PORT
from checks.finding import Finding, by_hand, fail, ok, skipped
from checks.profiles.profile import Profile

RESTS_ON: tuple[str, ...] = ()


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    plugin = facts.nvidia_docker
    if not plugin.installed:
        yield skipped("not applicable: nvidia-docker 1.x is not installed")
    elif plugin.port and "nvidia-docker" not in plugin.port:
        yield fail(
            f"another program has port {PORT}",
            why="the nvidia-docker plugin ends at once: bind: address already in use",
            evidence=f"ss -ltnp: {PORT} {plugin.port}",
            remedy=by_hand(
                "stop that program, then systemctl reset-failed nvidia-docker; systemctl start nvidia-docker"
            ),
        )
    elif plugin.port and plugin.unit.get("MainPID", "") not in plugin.port and not plugin.active:
        yield fail(
            f"a copy of the plugin that is not the unit's has port {PORT}",
            why="the unit cannot start beside it, and docker talks to neither reliably",
            evidence=f"ss -ltnp: {PORT} {plugin.port}; MainPID {plugin.unit.get('MainPID', 'unknown')}",
            remedy=by_hand("end that copy, then systemctl reset-failed nvidia-docker; systemctl start nvidia-docker"),
        )
    else:
        yield ok(f"port {PORT} is the plugin's" if plugin.port else f"port {PORT} is free")
