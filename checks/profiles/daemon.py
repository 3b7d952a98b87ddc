"""What docker would refuse about /etc/docker/daemon.json at its next start: shared by the checks and by planning."""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.docker_config import PATH, DockerConfig
from checks.facts.reading import NotAsked

BUILT_IN = ("runc", "io.containerd.runc.v2", "io.containerd.runtime.v1.linux")
"""Runtimes that docker has by itself."""


def refusals(config: DockerConfig) -> Iterator[str]:
    """Why dockerd does not start with this file, each as one sentence."""
    if config.problem:
        yield f"{PATH}: {config.problem}"
    runtimes = config.settings.get("runtimes")
    if runtimes is not None and not isinstance(runtimes, dict):
        yield f'{PATH}: "runtimes" is not an object'
    for name in sorted(set(runtimes if isinstance(runtimes, dict) else ()) - set(config.runtimes)):
        yield f'{PATH}: the runtime "{name}" is not an object'
    default = config.settings.get("default-runtime")
    if isinstance(default, str) and default not in (*BUILT_IN, *config.runtimes) and not default.startswith("io."):
        yield f'{PATH}: the default runtime "{default}" is not among the runtimes'
    for mirror in _texts(config, "registry-mirrors"):
        if not mirror.startswith(("http://", "https://")):
            yield f'{PATH}: the mirror "{mirror}" has neither http:// nor https://'


def twice(config: DockerConfig) -> Iterator[tuple[str, str]]:
    """Keys of the file that a flag of the unit sets too: dockerd refuses to start."""
    for key in config.settings:
        flag = config.flagged(key)
        if flag:
            yield key, flag


def obstacle(facts: Facts) -> str:
    """Why docker cannot be started as it is configured; empty when nothing is known against it."""
    try:
        config = facts.docker_config
    except NotAsked:
        return ""
    for refusal in refusals(config):
        return refusal
    for key, flag in twice(config):
        return f'{PATH}: "{key}" is also the flag {flag} of dockerd'
    return ""


def _texts(config: DockerConfig, key: str) -> tuple[str, ...]:
    value = config.settings.get(key)
    return tuple(str(item) for item in value) if isinstance(value, list) else ()
