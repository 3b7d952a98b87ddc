"""The profile of 2017 on hosts of 2017: package-manager simulations over real dnf and apt, with the lab's mirror.

What is stood in for: the packages' payloads, the card, nvidia-docker (each with its contract). The mirror has keys of
its own, so a profile that extends nvidia-docker1 names their fingerprints, as a site's own mirror would need it.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from tests.lab.mirror import life
from tests.onhosts.fab import fab

if TYPE_CHECKING:
    from pathlib import Path

    from tests.lab.core import Lab
    from tests.lab.fixtures import MakeHost
    from tests.lab.host import Host

pytestmark = [pytest.mark.lab, pytest.mark.slow]

RELEASES = "https://github.com/NVIDIA/nvidia-docker/releases/download/v1.0.1"
PACKAGE = {"centos7": "nvidia-docker-1.0.1-1.x86_64.rpm", "ubuntu1604": "nvidia-docker_1.0.1-1_amd64.deb"}


def profile(lab: Lab, host: Host, folder: Path) -> Path:
    """The profile nvidia-docker1, with the keys and checksums of the lab's mirror."""
    keys = life.fingerprints(lab.home)
    package = PACKAGE[host.spec.os]
    there = life.tree_for(lab.home, ()) / RELEASES.partition("://")[2] / package
    digest = hashlib.sha256(there.read_bytes()).hexdigest()
    repositories = {
        "cuda-el7": "nvidia",
        "epel-el7": "distribution",
        "docker-el7": "docker",
        "cuda-xenial": "nvidia",
        "docker-xenial": "docker",
    }
    path = folder / "lab2017.toml"
    path.write_text(
        'name = "lab2017"\nextends = "nvidia-docker1"\n'
        + "".join(f'[repositories.{name}]\nfingerprint = "{keys[key]}"\n' for name, key in repositories.items())
        + f'[nvidia_docker]\nversion = "1.0.1"\nsource = "{RELEASES}/{package}"\nsha256 = "{digest}"\n'
        + '[driver_volume]\nmethod = "plugin"\n'
    )
    return path


@pytest.mark.parametrize("os", ["centos7", "ubuntu1604"])
def test_a_bare_host_runs_gpu_containers_three_ways_and_a_second_run_finds_nothing(
    lab: Lab, host: MakeHost, tmp_path: Path, os: str
) -> None:
    one = host(os=os, gpus="v100:1").settle()
    wanted = str(profile(lab, one, tmp_path))
    done = fab(one.name, "provision", "--profile", wanted, "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "install the driver: " in done.stdout
    again = fab(one.name, "provision", "--profile", wanted, "--yes")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "nothing to do" in again.stdout.lower(), again.stdout
    seen = fab(one.name, "doctor", "--container", "--profile", wanted)
    assert seen.returncode == 0, seen.stdout
    for way in ("plugin", "volume"):
        flags = fab(one.name, "docker-args", "--driver", way)
        assert flags.returncode == 0, flags.stdout + flags.stderr
        assert "nvidia_driver_384.81" in flags.stdout
