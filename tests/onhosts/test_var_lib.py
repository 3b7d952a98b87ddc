"""/var/lib is a file system of its own: said before the volume is made, and then each configured way works.

Real docker and containers; the plugin is nvidia-docker's stand-in, which makes hard links and nothing else.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.onhosts import stack_2017
from tests.onhosts.stack_2017 import DRIVER, gpuwright

if TYPE_CHECKING:
    from pathlib import Path

    from tests.lab.core import Lab
    from tests.lab.fixtures import MakeHost

pytestmark = [pytest.mark.lab, pytest.mark.slow]

OS = "ubuntu1604"
ELSEWHERE = "/usr/local/nvidia-driver"
OURS = "/var/lib/nvidia-docker/volumes"
SAID = "/var/lib/nvidia-docker is on another file system than the driver's files"


@dataclass(frozen=True)
class Way:
    """`verdict` is the doctor's before; `folder` where the volume then is, `links` how many names its files have."""

    name: str
    verdict: str
    folder: str
    links: int
    proof: str


WAYS = (
    Way("link", "fail", ELSEWHERE, 2, f"readlink {OURS}"),
    Way("option", "ok", ELSEWHERE, 2, "ps -o args= -C nvidia-docker-plugin"),
    Way("copy", "ok", OURS, 1, f"df --output=target {OURS}"),
)
PROVES = {"link": ELSEWHERE, "option": f"-d {ELSEWHERE}", "copy": "/var/lib"}


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_it_is_said_before_and_then_the_volume_works(lab: Lab, host: MakeHost, tmp_path: Path, way: Way) -> None:
    env = stack_2017.site(lab, tmp_path, f'override.nvidia_docker.volumes = "{way.name}"')
    one = host(layer=stack_2017.with_driver(lab, OS, env), gpus="v100:1", faults=["var_lib_partition"]).settle()
    assert one.run("docker volume ls -q").stdout == ""
    before = gpuwright(one, "doctor", "--format", "json", env=env)
    (said,) = [each for each in json.loads(before.stdout)["findings"] if each["check"] == "nvidia_docker_file_system"]
    assert (said["verdict"], SAID in said["summary"]) == (way.verdict, True), said
    done = gpuwright(one, "provision", "--yes", env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (
        one.run(f"stat -c %h {way.folder}/nvidia_driver/{DRIVER}/lib64/libcuda.so.{DRIVER}").stdout == f"{way.links}\n"
    )
    assert PROVES[way.name] in one.run(way.proof).stdout
    seen = stack_2017.three_ways(one, env)
    assert [name for name, listed in seen.items() if "GPU 0: Tesla V100" not in listed] == [], seen
    again = gpuwright(one, "provision", "--yes", env=env)
    assert "nothing to do" in again.stdout, again.stdout + again.stderr
