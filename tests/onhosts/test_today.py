"""Profile `current` on every system that it knows: bare, provisioned, nothing to do, and a doctor that is green.

Debian 12 and 13 are real; the others are package-manager simulations over real dnf and apt. What is stood in for: the
payloads of NVIDIA's and docker's repositories, which the lab's mirror has at their real names, and the card.
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

pytestmark = pytest.mark.lab

FIRST = "el9"
OTHERS = ("debian12", "debian13", "ubuntu2204", "ubuntu2404", "el8", "el10")


@pytest.mark.parametrize("os", [FIRST, *(pytest.param(os, marks=pytest.mark.slow) for os in OTHERS)])
def test_a_bare_host_becomes_a_gpu_host_and_a_second_run_finds_nothing(
    lab: Lab, host: MakeHost, tmp_path: Path, os: str
) -> None:
    faults = [] if os in SIMULATIONS else [life.MIRROR]
    one = host(os=os, gpus="a100:1", faults=faults).settle()
    wanted = str(today.profile(lab, tmp_path))
    done = fab(one.name, "provision", "--profile", wanted, "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "install the driver" in done.stdout
    again = fab(one.name, "provision", "--profile", wanted, "--yes")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "nothing to do" in again.stdout.lower(), again.stdout
    seen = fab(one.name, "doctor", "--profile", wanted)
    assert seen.returncode == 0, seen.stdout
