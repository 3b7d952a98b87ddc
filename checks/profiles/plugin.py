"""Whether nvidia-docker 1.x makes the driver volumes of this host: then nothing else may, under the same names."""

from __future__ import annotations

from checks.facts import Facts
from checks.facts.reading import NotAsked


def installed(facts: Facts) -> bool:
    """Whether its plugin is here; an older recording did not ask, and had none."""
    try:
        return facts.nvidia_docker.installed
    except NotAsked:
        return False


def obstacle(facts: Facts) -> str:
    """Why the driver volume is not ours to make; empty when it is."""
    return "nvidia-docker 1.x is installed, and its plugin makes the driver volumes" if installed(facts) else ""
