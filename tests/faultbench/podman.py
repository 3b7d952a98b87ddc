"""Faults of hosts whose containers are Podman's: it is not there, too old, or does not find the GPUs' CDI specs."""

from __future__ import annotations

from checks.profiles.profile import having
from tests.alter import Alter, append, put
from tests.container_toolkit import INSTALLED, wanting
from tests.faultbench.container import spec, toolkit
from tests.faultbench.fault import Fault

WANTED = having(
    wanting(cdi="auto"),
    {
        "podman": {"packages": ["podman"]},
        "docker": {"packages": [], "also": {"trixie": []}},
        "driver_volume": {"method": "none"},
    },
)
"""A profile of hosts with Podman and no docker."""

SPEC = "/var/run/cdi/nvidia.yaml"
ETC = "/etc/cdi/nvidia.yaml"
_REFRESH = "refresh path enabled\nrefresh service enabled\n"
_GONE = put("docker", "state inactive\ngroup none\n"), put("docker_config", ""), put("containers", "")


def podman(version: str = "4.3.1", more: str = "") -> Alter:
    """A Podman of this version."""
    return put("podman", f"program /usr/bin/podman\npodman version {version}\n{more}")


def host(said: Alter, cdi: str = f"{_REFRESH}{spec(SPEC)}") -> tuple[Alter, ...]:
    """A host without docker, with the toolkit, what it says of Podman, and its specs."""
    return (*_GONE, INSTALLED, toolkit(), put("cdi", cdi), append("packages", "ii podman 4.3.1\n"), said)


FAULTS = (
    Fault(
        "Podman's program gone under its package",
        "the same for docker: a half-removed /usr/bin, or a snap that took its place",
        "podman_installed",
        host(put("podman", "absent\n")),
        says="podman should have brought it",
        profile=WANTED,
    ),
    Fault(
        "Ubuntu 22.04's Podman, which takes a GPU's name for a path",
        "NVIDIA/nvidia-container-toolkit issue 63",
        "podman_version",
        host(podman("3.4.4")),
        says="too old for CDI",
        profile=WANTED,
    ),
    Fault(
        "Podman 5.5, which looks in /etc/cdi alone, and the toolkit's spec in memory",
        "containers/podman issue 26569",
        "podman_folders",
        host(podman("5.5.1")),
        says="Podman does not look for CDI specs in /var/run/cdi",
        profile=WANTED,
    ),
    Fault(
        "cdi_spec_dirs of a site, without the folder of the toolkit's spec",
        "NixOS/nixpkgs issue 420638",
        "podman_folders",
        host(podman("5.6.2", 'dirs /etc/containers/containers.conf ["/opt/cdi"]\n')),
        says="cdi_spec_dirs = /opt/cdi",
        profile=WANTED,
    ),
    Fault(
        "the same where the profile does not ask for Podman",
        "containers/podman issue 26569",
        "podman_folders",
        (put("cdi", spec(SPEC)), podman("5.5.1")),
        verdict="warn",
        says="99-gpuwright-cdi.conf",
    ),
    Fault(
        "a spec that only root may read, under a rootless Podman",
        "NVIDIA/nvidia-container-toolkit issue 63",
        "podman_cdi",
        host(podman(more=f"private {SPEC}\n")),
        verdict="warn",
        says=f"chmod o+r {SPEC}",
        profile=WANTED,
    ),
    Fault(
        "NVIDIA's OCI hook left beside CDI",
        "NVIDIA Container Toolkit, Support for Container Device Interface",
        "podman_cdi",
        host(podman(more="hook /usr/share/containers/oci/hooks.d/oci-nvidia-hook.json\n")),
        verdict="warn",
        says="mv /usr/share/containers/oci/hooks.d/oci-nvidia-hook.json",
        profile=WANTED,
    ),
    Fault(
        "no spec for a Podman that is asked for",
        "NVIDIA/nvidia-container-toolkit issue 146",
        "cdi_missing",
        host(podman(), ""),
        says="the profile asks for Podman",
        profile=having(WANTED, {"cdi": {"folder": "none"}}),
    ),
)
