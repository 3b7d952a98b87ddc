"""The flags of docker-args, from recorded facts: all GPUs or some, each way to the driver's files, each format."""

from __future__ import annotations

import json

import pytest

from checks.facts import Facts
from checks.facts.reading import Unknown
from provision import docker_args
from provision.docker_args import flags
from provision.errors import Usage
from tests.alter import Alter, altered, edit
from tests.hosts import HEALTHY, read
from tests.nvidia_docker1 import BY_PLUGIN

FOUR = edit("nodes", r"^(.*)/dev/nvidia0(.*)$", "\n".join(rf"\1/dev/nvidia{n}\2" for n in (0, 1, 2, 10)))
VOLUME = "--volume=nvidia_driver_535.309.01:/usr/local/nvidia:ro"
ENV = "--env=LD_LIBRARY_PATH=/usr/local/nvidia/lib64"


def host(*alters: Alter) -> Facts:
    return Facts(altered(read(HEALTHY), alters))


def gpus(facts: Facts, chosen: str = "") -> list[str]:
    return [path for path in flags(facts, chosen).devices if path[-1].isdigit()]


def test_all_gpus_in_the_order_of_their_numbers_or_those_that_are_named() -> None:
    assert gpus(host(FOUR)) == ["/dev/nvidia0", "/dev/nvidia1", "/dev/nvidia2", "/dev/nvidia10"]
    assert gpus(host(FOUR), "2,0") == ["/dev/nvidia0", "/dev/nvidia2"]
    with pytest.raises(Usage, match="there is no /dev/nvidia7 here, only /dev/nvidia0"):
        gpus(host(FOUR), "0,7")
    with pytest.raises(Usage):
        gpus(host(FOUR), "0,,")


def test_without_the_plugin_and_with_it() -> None:
    assert flags(host()).all()[-2:] == [VOLUME, ENV]
    assert flags(host(*BY_PLUGIN)).all()[-3:] == ["--volume-driver=nvidia-docker", VOLUME, ENV]
    assert flags(host(*BY_PLUGIN), way="volume").all()[-2:] == [VOLUME, ENV]
    assert "--volume-driver=nvidia-docker" in flags(host(), way="plugin").all()


def test_the_folder_of_the_drivers_libraries_and_never_the_systems_own() -> None:
    on_el7 = edit("volume", "/usr/lib/x86_64-linux-gnu/nvidia/current/", "/usr/lib64/nvidia/")
    assert "--volume=/usr/lib64/nvidia:/usr/local/nvidia/lib64:ro" in flags(host(on_el7), way="folder").all()
    among = edit("volume", "/usr/lib/x86_64-linux-gnu/nvidia/current/", "/usr/lib64/")
    with pytest.raises(Unknown, match="a container must not get those"):
        flags(host(among), way="folder")


def test_the_formats() -> None:
    found = flags(host())
    assert json.loads(docker_args.as_json(found)) == docker_args.as_text(found).split() == found.all()
    assert docker_args.as_compose(found).endswith("volumes:\n  nvidia_driver_535.309.01:\n    external: true\n")
    assert "      - /dev/nvidia0:/dev/nvidia0\n" in docker_args.as_compose(found)
    folder = flags(host(), way="folder")
    assert "external" not in docker_args.as_compose(folder)
