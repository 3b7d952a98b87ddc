"""The unit of the nvidia-docker plugin runs.

It starts when the driver is there, tries five times within ten seconds and then gives up for good: a driver that is
late at boot leaves it failed. Its journal says why; docker says only "plugin not found".
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.nvidia_docker import NvidiaDocker
from checks.finding import Finding, Remedy, by_command, by_hand, fail, ok, provision, skipped, warn
from checks.profiles import plugin as nvidia_docker
from checks.profiles.profile import Profile

RESTS_ON = ("driver_mismatch", "device_nodes", "nvidia_docker_port", "nvidia_docker_folder")
LATE = ("UVM kernel module", "NVML library", "Driver Not Loaded", "CUDA-capable device", "CUDA driver version", "nvml:")
"""What it says where the driver was not there yet: with the driver there now, starting it again is all it needs."""


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    plugin = facts.nvidia_docker
    state, sub = plugin.unit.get("ActiveState", "unknown"), plugin.unit.get("SubState", "unknown")
    if not plugin.installed:
        yield skipped("not applicable: nvidia-docker 1.x is not installed")
    elif plugin.unit.get("LoadState") != "loaded":
        yield warn(
            "nvidia-docker is installed without a unit",
            why="nothing starts its plugin at boot, and nothing writes its file in /etc/docker/plugins",
            evidence=f"{plugin.plugin}; systemctl show: LoadState={plugin.unit.get('LoadState', 'unknown')}",
            remedy=provision("nvidia_docker")
            if nvidia_docker.wanted(profile)
            else by_hand("install nvidia-docker's package, which brings the unit"),
        )
    elif plugin.active:
        yield ok("the unit of the nvidia-docker plugin is active")
    else:
        tries = plugin.unit.get("NRestarts", "0")
        yield fail(
            f"the nvidia-docker plugin is not running ({state}, {sub})"
            + (f" after {tries} restarts" if tries != "0" else ""),
            why="containers with its volume do not start, and each volume command of docker waits 15 s",
            evidence=plugin.error or plugin.last or f"systemctl is-active nvidia-docker: {state}",
            remedy=provision("nvidia_docker") if nvidia_docker.wanted(profile) else _remedy(plugin),
        )


def _remedy(plugin: NvidiaDocker) -> Remedy:
    if not plugin.error or any(text in plugin.error for text in LATE):
        return by_command(
            "systemctl reset-failed nvidia-docker; systemctl start nvidia-docker", "systemctl stop nvidia-docker"
        )
    return by_hand(
        "mend what its journal says, then systemctl reset-failed nvidia-docker; systemctl start nvidia-docker"
    )
