"""Faults of daemon.json: what the profile asks for is not there."""

from __future__ import annotations

from checks.profiles.profile import having
from tests.alter import append, edit, put
from tests.faultbench.container import daemon
from tests.faultbench.fault import Fault
from tests.hosts import DEBIAN

_MIRROR = having(DEBIAN, {"docker": {"daemon": {"registry-mirrors": ["https://mirror.example"]}}})
_SIZE = having(DEBIAN, {"docker": {"daemon": {"log-opts": {"max-size": "10m"}}}})

_DOWN = (edit("docker", r"^state active\n(.*\n)*", "state failed\n"), edit("volume", r"^asked\n(.*\n)*", ""))

_USERS = having(DEBIAN, {"docker": {"users": ["alice"]}})
_MOVED = having(DEBIAN, {"docker": {"daemon": {"data-root": "/data/docker"}}})
_ENGINE = "docs.docker.com, deprecated: dockerproject.org was shut down in March 2020"

FAULTS = (
    Fault(
        "a user of docker who is not in its group",
        "docs.docker.com, post-installation steps: permission denied while trying to connect to the Docker daemon",
        "docker_users",
        (),
        says="not in the group docker: alice",
        verdict="warn",
        profile=_USERS,
    ),
    Fault(
        "apt still asks docker-engine's repository",
        _ENGINE,
        "docker_source",
        (
            append(
                "sources",
                "# file /etc/apt/sources.list.d/docker.list\n"
                "deb https://apt.dockerproject.org/repo debian-jessie main\n",
            ),
        ),
        says="docker-ce, from download.docker.com, takes docker-engine's place",
    ),
    Fault(
        "docker-engine of 2017 is installed",
        _ENGINE,
        "docker_source",
        (append("packages", "ii docker-engine 17.05.0~ce-0~debian-jessie\n"),),
        says="docker-engine 17.05.0~ce-0~debian-jessie",
        verdict="warn",
    ),
    Fault(
        "docker's data is to go to a disk that is full",
        "NVIDIA/nvidia-docker issues: no space left on device",
        "docker_config",
        (append("disk", "/data 77 /dev/sdb1 104857600 1 1048576 99% /data\n"),),
        says="1073741824 bytes are free on /data",
        profile=_MOVED,
    ),
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
