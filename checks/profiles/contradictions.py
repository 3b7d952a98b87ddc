"""Keys of a profile that exclude each other, whichever of its layers they come from, and values that nothing can be."""

from __future__ import annotations

from collections.abc import Iterator

from checks.profiles import pins
from checks.profiles.keys import Settings
from checks.profiles.lines import Path

GONE = ("docker-engine", "lxc-docker")
"""Packages of docker whose repositories were shut down."""

_SHUT_DOWN = (
    "docker-engine cannot be installed any more: its repositories (apt.dockerproject.org, yum.dockerproject.org) "
    "were shut down in 2020; docker-ce takes its place"
)


def contradictions(profile: Settings) -> Iterator[tuple[tuple[Path, ...], str]]:
    """The keys that exclude each other, with the words for it."""
    for path, packages in _of_docker(profile):
        if any(pins.name(each) in GONE for each in packages):
            yield (path,), _SHUT_DOWN
    if profile.kubelet.accelerators is True and profile.kubelet.device_plugins is True:
        yield (
            (("kubelet", "accelerators"), ("kubelet", "device_plugins")),
            "either the kubelet gives out GPUs by itself or the device plugin does; set the other to false or keep",
        )
    if profile.nvidia_docker.version and profile.nvidia_docker.remove:
        yield (
            (("nvidia_docker", "version"), ("nvidia_docker", "remove")),
            "nvidia-docker 1.x is either wanted or to go; leave version empty, or set remove to false",
        )


def _of_docker(profile: Settings) -> Iterator[tuple[Path, tuple[str, ...]]]:
    yield ("docker", "packages"), profile.docker.packages
    for release, packages in profile.docker.also.items():
        yield ("docker", "also", release), packages
