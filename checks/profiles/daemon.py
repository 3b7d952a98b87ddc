"""What docker would refuse about /etc/docker/daemon.json at its next start: shared by the checks and by planning."""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.docker_config import PATH, DockerConfig
from checks.facts.reading import NotAsked

BUILT_IN = ("runc", "io.containerd.runc.v2", "io.containerd.runtime.v1.linux")
"""Runtimes that docker has by itself."""

PACKAGES = ("docker.io", "docker-ce", "moby-engine")
"""Names of the package that has dockerd."""


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
    if default is not None and not isinstance(default, str):
        yield f"{PATH}: the default runtime is not a string: {default!r}"
    if isinstance(default, str) and default not in (*BUILT_IN, *config.runtimes) and not default.startswith("io."):
        yield f'{PATH}: the default runtime "{default}" is not among the runtimes'
    for mirror in _texts(config, "registry-mirrors"):
        if not mirror.startswith(("http://", "https://")):
            yield f'{PATH}: the mirror "{mirror}" has neither http:// nor https://'


def refusals_of_old(facts: Facts) -> Iterator[str]:
    """What docker before 23.0 does not start with, and later ones do (tried: 20.10.24 and 26.1.5)."""
    text = facts.docker_config.text
    if text is None or _major(facts) not in range(1, 23):
        return
    if text.startswith("\ufeff"):
        yield f"{PATH} begins with a byte order mark, which this docker does not read"
    elif not text.strip():
        yield f"{PATH} is empty, which this docker does not read: {{}} is what says nothing"


def _major(facts: Facts) -> int:
    """The first number of docker's version, of the running one or of its package; 0 where neither is known."""
    known = [facts.docker.version]
    known += [package.version for name in PACKAGES if (package := facts.packages.by_name.get(name))]
    version = next(filter(None, known), "").rpartition(":")[2]
    digits = version.partition(".")[0]
    return int(digits) if digits.isascii() and digits.isdigit() else 0


def twice(config: DockerConfig) -> Iterator[tuple[str, str]]:
    """Keys of the file that a flag of the unit sets too: dockerd refuses to start. Runtimes alone it adds up."""
    for key in (key for key in config.settings if key != "runtimes"):
        flag = config.flagged(key)
        if flag:
            yield key, flag


def obstacle(facts: Facts) -> str:
    """Why docker cannot be started as it is configured; empty when nothing is known against it."""
    try:
        config = facts.docker_config
    except NotAsked:
        return ""
    for refusal in (*refusals(config), *refusals_of_old(facts)):
        return refusal
    for key, flag in twice(config):
        return f'{PATH}: "{key}" is also the flag {flag} of dockerd'
    return ""


def _texts(config: DockerConfig, key: str) -> tuple[str, ...]:
    value = config.settings.get(key)
    return tuple(str(item) for item in value) if isinstance(value, list) else ()
