"""Faults of daemon.json: what the profile asks for is not there."""

from __future__ import annotations

from checks.profiles.profile import having
from tests.alter import edit, put
from tests.faultbench.container import daemon
from tests.faultbench.fault import Fault
from tests.hosts import DEBIAN

_MIRROR = having(DEBIAN, {"docker": {"daemon": {"registry-mirrors": ["https://mirror.example"]}}})
_SIZE = having(DEBIAN, {"docker": {"daemon": {"log-opts": {"max-size": "10m"}}}})

_DOWN = (edit("docker", r"^state active\n(.*\n)*", "state failed\n"), edit("volume", r"^asked\n(.*\n)*", ""))

FAULTS = (
    Fault(
        "daemon.json emptied, docker 20.10 down",
        "docker 20.10.24: unable to configure the Docker daemon with file /etc/docker/daemon.json: EOF",
        "daemon_json",
        (daemon(""), *_DOWN),
        says="is empty, which this docker does not read",
    ),
    Fault(
        "daemon.json written with a byte order mark, docker 20.10 still up",
        "docker 20.10.24: invalid character '\u00ef' looking for beginning of value",
        "daemon_json",
        (daemon('\ufeff{"debug": true}'),),
        verdict="warn",
        says="begins with a byte order mark",
    ),
    Fault(
        "daemon.json replaced by an installer, the site's mirror gone",
        "NVIDIA/nvidia-docker issue 490",
        "docker_config",
        (daemon('{"runtimes": {}}'),),
        says="registry-mirrors is not set",
        profile=_MIRROR,
    ),
    Fault(
        "daemon.json removed with a package",
        "NVIDIA/nvidia-docker issue 1575",
        "docker_config",
        (put("docker_config", "flag -H\n"),),
        says="/etc/docker/daemon.json lacks what the profile asks for: log-opts",
        profile=_SIZE,
    ),
    Fault(
        "one value below a table is another",
        "docs.docker.com, JSON File logging driver: max-size",
        "docker_config",
        (daemon('{"log-opts": {"max-size": "1g", "max-file": "3"}}'),),
        says='log-opts.max-size is "1g", the profile asks for "10m"',
        profile=_SIZE,
    ),
)
