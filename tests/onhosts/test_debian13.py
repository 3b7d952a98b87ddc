"""The same way on Debian 13: another driver branch, kernel, sources style, docker and systemd."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.onhosts import stages
from tests.onhosts.fab import fab

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lab.core import Lab
    from tests.lab.fixtures import MakeHost
    from tests.lab.host import Host
    from tests.onhosts.stages import Way

pytestmark = [pytest.mark.lab, pytest.mark.slow]


def test_a_bare_host_becomes_one_that_runs_gpu_containers(lab: Lab, walked: Callable[[str], Way]) -> None:
    way = walked("debian13")
    assert way.first.returncode == 1
    assert way.second.returncode == 0, way.first.stdout + way.second.stdout + way.second.stderr
    assert way.boots[0] != way.boots[1]
    one = lab.host(way.host)
    before = one.exec_requests()
    again = fab(way.host, "provision", "--yes")
    assert "nothing to do" in again.stdout
    assert one.exec_requests() - before == 1


def test_eight_h200s_under_the_same_installation(provisioned: Callable[..., Host]) -> None:
    one = provisioned("debian13", gpus="h200:8")
    done = fab(one.name, "doctor", "--container", "-v")
    assert "nvidia-smi lists 8 GPU(s): NVIDIA H200" in done.stdout
    assert "a container lists 8 GPU(s)" in done.stdout
    # Debian packages no fabric manager, and without it CUDA starts on no GPU of a board with NVSwitches.
    assert done.returncode == 1
    assert done.stdout.count("\nFAIL ") == 1
    assert "FAIL    fabric_manager: the fabric manager is not installed" in done.stdout


def test_unprovision_leaves_packages_and_etc_as_they_were(provisioned: Callable[..., Host], host: MakeHost) -> None:
    bare = host(os="debian13", gpus=stages.GPUS)
    one = provisioned("debian13")
    done = fab(one.name, "unprovision", "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert stages.packages(one) == stages.packages(bare)
    assert stages.changed_etc(stages.etc(bare), stages.etc(one)) == set()
