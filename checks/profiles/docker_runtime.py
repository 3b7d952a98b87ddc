"""What NVIDIA's container toolkit asks of docker's daemon.json: its runtime, and CDI where docker leaves that off.

CDI came with docker 25.0 as `features.cdi`, and is on by itself from 28.2 on (docker's release notes). A docker that is
still to come is told too: one that is older takes no notice of the key, one that is newer has it already.

A kubelet that asks docker cannot name a runtime: there NVIDIA's has to be the default (k8s-device-plugin, README).
"""

from __future__ import annotations

import re
from typing import Any

from checks.facts import Facts
from checks.profiles import container_toolkit, kubelet_gates
from checks.profiles.profile import Profile

CDI_SINCE, CDI_BY_ITSELF = (25, 0), (28, 2)


def of_toolkit(facts: Facts, profile: Profile) -> dict[str, Any]:
    """The keys; none where the profile wants no toolkit, or there is no docker and none comes."""
    comes = facts.docker.daemon or profile.docker.packages or profile.docker.also.get(facts.os.release)
    if not container_toolkit.asked(profile) or not comes:
        return {}
    config = facts.docker_config
    path = config.runtimes.get(container_toolkit.NAME, "")
    known = path in container_toolkit.spellings(container_toolkit.RUNTIME)
    found: dict[str, Any] = {
        "runtimes": {container_toolkit.NAME: {"path": path if known else container_toolkit.RUNTIME}}
    }
    default = profile.container_toolkit.default
    if default == "keep" and kubelet_gates.plugin_by_docker(facts, profile):
        default = container_toolkit.NAME
    if default not in ("keep", config.settings.get("default-runtime", "runc")):
        found["default-runtime"] = default
    if profile.cdi.folder != "none" and needs_cdi(facts.docker.version):
        found["features"] = {"cdi": True}
    return found


def needs_cdi(version: str) -> bool:
    """Whether a docker of this version must be told to use CDI; so must one that is not known yet."""
    match = re.match(r"(\d+)\.(\d+)", version)
    return match is None or CDI_SINCE <= (int(match[1]), int(match[2])) < CDI_BY_ITSELF
