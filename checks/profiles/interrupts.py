"""Which components interrupt the host's work when they are put right, and what that work is.

What interrupts work that cannot be read is not planned: what is unknown is never stopped.
"""

from __future__ import annotations

from checks.facts import Facts
from checks.facts.reading import NotAsked, Unknown
from checks.facts.work import Work

UNLOADS = ("driver", "fabric_manager", "device_nodes", "mig", "cdi", "nvidia_docker", "driver_volume")
REBOOTS = ("nouveau", *UNLOADS)
"""The components whose steps, or those of what they rest on, unload the driver or reboot the host."""


def interrupts(component: str, facts: Facts) -> bool:
    """Whether putting the component right reboots the host, or stops what has a GPU open.

    Every step that says `reboot` or `disrupts` is of a component that says so here; a test holds it.
    """
    if component == "mig" and any(holder.gpus and not holder.is_service for holder in work(facts).known().holders):
        return True
    loaded = facts.modules.get("nvidia") if component in UNLOADS else None
    changes = loaded is not None and bool(facts.driver.library) and loaded.version != facts.driver.library
    if component in ("leftovers", "module_options"):
        return "nvidia" in facts.modules
    return changes or (component in REBOOTS and any(gpu.driver == "nouveau" for gpu in facts.pci.gpus))


def work(facts: Facts) -> Work:
    """What is at work on the host; nothing where an older probe did not ask: what touches a host always asks."""
    try:
        return facts.work
    except NotAsked:
        return Work()


def with_gpus(facts: Facts) -> tuple[str, ...]:
    """The names of docker's running containers that have GPUs, which systemd's reload may take away from them."""
    try:
        found = facts.containers
    except NotAsked:
        return containers(facts)
    return tuple(container.name for container in found.with_gpus)


def containers(facts: Facts) -> tuple[str, ...]:
    """The names of docker's running containers; `Unknown` when docker is up and does not say."""
    try:
        docker = facts.docker
    except NotAsked:
        return ()
    if docker.state == "active" and docker.error:
        raise Unknown(f"which containers run is not known, docker does not answer: {docker.error[:200]}")
    return docker.containers
