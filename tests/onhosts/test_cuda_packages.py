"""CUDA's packages by real apt and dnf from the lab's mirror: side by side, the link by alternatives, all taken back.

The packages' names, paths and dependencies are NVIDIA's, what lies in them are stand-ins; Rocky 9 is a package-manager
simulation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.lab.mirror import life
from tests.lab.simulations import SIMULATIONS
from tests.onhosts import today
from tests.onhosts.fab import fab

if TYPE_CHECKING:
    from pathlib import Path

    from tests.lab.core import Lab
    from tests.lab.fixtures import MakeHost

pytestmark = [pytest.mark.lab, pytest.mark.slow]

WANTED = """
[cuda]
version = "12.9"
install = true
beside = ["13.0"]
link = true
[cudnn]
packages = ["cudnn9-cuda-12=9.10.2"]
[nccl.also]
bookworm = ["libnccl2=2.27.5-1+cuda12.9"]
el9 = ["libnccl=2.27.5-1+cuda12.9"]
[dcgm]
packages = ["datacenter-gpu-manager-4-cuda12"]
"""
ONLY = ("--only", "cuda_packages,environment")
LEFT = "find /usr/local/cuda* /etc/alternatives/cuda /etc/profile.d/cuda.sh ! -type d 2>/dev/null"


@pytest.mark.parametrize("os", ["debian12", "el9"])
def test_toolkits_lie_side_by_side_and_a_login_gets_the_profiles_one(
    lab: Lab, host: MakeHost, tmp_path: Path, os: str
) -> None:
    one = host(os=os, gpus="a100:1", faults=[] if os in SIMULATIONS else [life.MIRROR]).settle()
    profile = today.profile(lab, tmp_path)
    profile.write_text(profile.read_text() + WANTED)
    done = fab(one.name, "provision", "--profile", str(profile), *ONLY, "--yes")
    assert "install cuda-toolkit-12-9 cuda-toolkit-13-0" in done.stdout, done.stdout + done.stderr
    again = fab(one.name, "plan", "--profile", str(profile), *ONLY)
    assert again.returncode == 0, again.stdout
    seen = fab(one.name, "doctor", "--profile", str(profile), "--only", "cuda_packages,environment", "-v")
    assert "datacenter-gpu-manager-4-cuda12" in seen.stdout
    assert "/etc/profile.d/cuda.sh is for CUDA 12.9" in seen.stdout, seen.stdout
    assert "release 12.9" in one.run("bash -lc 'nvcc --version'").stdout
    assert one.run("readlink -f /usr/local/cuda").stdout == "/usr/local/cuda-12.9\n"
    assert "/usr/local/cuda-13.0" in one.run(LEFT).stdout
    assert not one.run("command -v nvidia-smi", check=False).stdout  # nothing brought a driver
    back = fab(one.name, "unprovision", "--yes")
    assert back.returncode == 0, back.stdout + back.stderr
    assert one.run(LEFT, check=False).stdout == ""
