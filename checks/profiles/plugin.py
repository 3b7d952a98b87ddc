"""nvidia-docker 1.x beside our driver volume: where it makes the volumes, nothing else may, under the same names."""

from __future__ import annotations

from checks.facts import Facts
from checks.facts.nvidia_docker import SPEC
from checks.facts.reading import NotAsked


def installed(facts: Facts) -> bool:
    """Whether its plugin is here; an older recording did not ask, and had none."""
    try:
        return facts.nvidia_docker.installed
    except NotAsked:
        return False


def left_behind(facts: Facts) -> bool:
    """Whether docker still waits for a plugin that is gone, 15 s for each volume command."""
    try:
        return bool(facts.nvidia_docker.spec) and not facts.nvidia_docker.installed
    except NotAsked:
        return False


def obstacle(facts: Facts) -> str:
    """Why the driver volume cannot be made by us; empty when it can."""
    if installed(facts):
        return "nvidia-docker 1.x is installed, and its plugin makes the driver volumes"
    return f"docker waits for a volume plugin that is gone: {SPEC}" if left_behind(facts) else ""
