"""The profile of 2017 on hosts of 2017: package-manager simulations over real dnf and apt, with the lab's mirror.

What is stood in for: the packages' payloads, the card, nvidia-docker (each with its contract). The card is one that the
nouveau of these kernels drives, so that a reboot is needed. What the site file says besides is in stack_2017.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.onhosts import stack_2017
from tests.onhosts.fab import fab
from tests.onhosts.stack_2017 import gpuwright

if TYPE_CHECKING:
    from pathlib import Path

    from tests.lab.core import Lab
    from tests.lab.fixtures import MakeHost

pytestmark = [pytest.mark.lab, pytest.mark.slow]


@pytest.mark.parametrize("os", stack_2017.SYSTEMS)
def test_a_bare_host_runs_gpu_containers_three_ways_and_a_second_run_finds_nothing(
    lab: Lab, host: MakeHost, tmp_path: Path, os: str
) -> None:
    one = host(os=os, gpus="k20:1").settle()
    alone = fab(one.name, "provision", "--profile", "nvidia-docker1", "--yes", "--only", "repositories")
    assert alone.returncode == 1, alone.stdout + alone.stderr
    assert "NVIDIA's key 7FA2AF80, which was retired in April 2022" in alone.stdout
    assert '[mirrors."https://developer.download.nvidia.com/compute/cuda/repos/' in alone.stdout
    env = stack_2017.site(lab, tmp_path)
    before = (one.boot_id(), stack_2017.boots(one))
    done = gpuwright(one, "provision", "--yes", env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("rebooting: ") == 1
    assert one.boot_id() != before[0]
    assert stack_2017.boots(one) == before[1] + 1
    again = gpuwright(one, "provision", "--yes", env=env)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "nothing to do" in again.stdout, again.stdout
    seen = stack_2017.three_ways(one, env)
    assert [way for way, said in seen.items() if "GPU 0: Tesla K20m" not in said] == [], seen
    doctor = gpuwright(one, "doctor", "--container", env=env)
    assert doctor.returncode == 0, doctor.stdout
    assert f"OK {one.name}: " in doctor.stdout
