"""A host of 2017 as the profile wants it: nvidia-docker 1.0.1 and the driver volume that its plugin makes; derived."""

from __future__ import annotations

from checks.profiles.profile import having
from tests.alter import Alter, edit, put
from tests.hosts import DEBIAN
from tests.topics import NVIDIA_DOCKER

SOURCE = "https://mirror.example/nvidia-docker_1.0.1-1_amd64.deb"
MANAGED = having(DEBIAN, {"nvidia_docker": {"version": "1.0.1", "source": SOURCE, "sha256": "0" * 64}})
_DOCKERS = "/var/lib/docker/volumes/nvidia_driver_535.309.01/_data"
_PLUGINS = "/var/lib/nvidia-docker/volumes/nvidia_driver/535.309.01"

BY_PLUGIN: tuple[Alter, ...] = (
    put("nvidia_docker", NVIDIA_DOCKER),
    edit("volume", _DOCKERS, _PLUGINS),
    edit("volume", r"^(volume .*)$", r"\1\nmade nvidia-docker"),
)
"""The healthy host, with the plugin and its volume in place of ours."""
