"""The stand-in of nvidia-docker 1.0.1 does what the real one was seen to do, with a real docker and a real systemd."""

from __future__ import annotations

import base64
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.lab.standin import nvidia_docker

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.lab.host import Host

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

pytestmark = [pytest.mark.lab, pytest.mark.slow]

CASES = tomllib.loads((nvidia_docker.HERE / "contract.toml").read_text(encoding="utf-8"))["case"]

WORDS = (nvidia_docker.HERE / "words.sh").read_text(encoding="utf-8")

IMAGES = """
d=$(mktemp -d); mkdir $d/bin; cp /usr/lib/gpuwright-lab/busybox $d/bin
for n in sh ls grep true echo; do ln -s busybox $d/bin/$n; done
tar -C $d -c . | docker import - plain
tar -C $d -c . | docker import -c 'LABEL com.nvidia.volumes.needed=nvidia_driver' - gpu
tar -C $d -c . | docker import -c 'LABEL com.nvidia.volumes.needed=nvidia_driver com.nvidia.cuda.version=99.1' - new
docker volume rm $(docker volume ls -q) || true
rm -f /dev/nvidia-uvm-tools
"""


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The stand-in's package."""
    folder: Path = tmp_path_factory.mktemp("nvidia-docker")
    return nvidia_docker.deb(folder).read_bytes()


def test_the_stand_in_keeps_the_contract(provisioned: Callable[..., Host], package: bytes) -> None:
    one = provisioned(gpus="a100:2")
    one.run("base64 -d >/root/nd.deb", text=base64.b64encode(package).decode())
    one.run(f"dpkg -i /root/nd.deb; {IMAGES}")
    version = one.run("cat /sys/module/nvidia/version").stdout.strip()
    wrong = [words for case in CASES if (words := kept(one, case, version))]
    assert not wrong, "\n\n".join(wrong)


def kept(one: Host, case: dict[str, Any], version: str) -> str:
    """What differs from the case; empty when it is kept."""
    want = case["out"].removeprefix("\n").replace("{version}", version)
    script = (WORDS + case["command"]).replace("{version}", version)
    done = one.run(script, check=False)
    if (done.returncode, done.stdout) == (case.get("status", done.returncode), want):
        return ""
    return f"{case['name']} ({case['known_from']}): status {done.returncode}\n--- wanted\n{want}--- got\n{done.stdout}"
