"""Whether a reload of systemd takes the GPUs from docker's containers, and the links in /dev/char that keep them.

Docker's --gpus gives GPUs by the toolkit's hook, of which systemd knows nothing: it finds a container's devices again
by these links (NVIDIA/nvidia-container-toolkit issue 48). What comes by CDI is in the container's own list of devices.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from checks.facts import Facts
from checks.facts.reading import Unknown
from checks.profiles import container_toolkit, wants
from checks.profiles.profile import Profile

_VERSION = re.compile(r"v?(\d+)\.(\d+)")


def kept_by(facts: Facts) -> str:
    """Why a reload takes nothing from containers here, links or none; empty where it does."""
    live, links = facts.docker.live, facts.char_links
    if live.cgroup_driver != "systemd" or links.cgroup != 2:
        return f"systemd does not manage the containers' devices here ({live.cgroup_driver}, cgroup v{links.cgroup})"
    match = _VERSION.match(live.runc)
    if match and (int(match[1]), int(match[2])) < (1, 1):
        return f"runc {live.runc} does not leave the devices to systemd"
    return ""


def lacking(facts: Facts, profile: Profile) -> Mapping[str, str]:
    """The links to make, with the node of each, where the profile wants the toolkit; none where it cannot be told."""
    try:
        return facts.char_links.missing if container_toolkit.asked(profile) and _loses(facts, profile) else {}
    except Unknown:
        return {}


def _loses(facts: Facts, profile: Profile) -> bool:
    """Whether docker's containers lose their GPUs, or will once docker is there.

    One that comes leaves the devices to systemd wherever control groups are of version 2 (docker 20.10 and later).
    """
    if facts.docker.running:
        return not kept_by(facts)
    return bool(wants.docker_packages(facts, profile)) and facts.char_links.cgroup == 2
