"""doctor --fix on a real host: what is stopped and missing comes back, a run for each cause, and can be taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.onhosts.fab import fab

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lab.host import Host

pytestmark = [pytest.mark.lab, pytest.mark.slow]


def test_a_stopped_docker_and_a_lost_device_node_are_mended(provisioned: Callable[..., Host]) -> None:
    one = provisioned()
    one.run("systemctl stop docker.service docker.socket; rm /dev/nvidia-uvm")
    refused = fab(one.name, "doctor", "--fix")
    assert (refused.returncode, "nothing was changed" in refused.stderr) == (79, True), refused.stderr
    dry = fab(one.name, "doctor", "--fix", "--yes", core=("--dry",))
    assert dry.returncode == 1, dry.stdout
    assert one.run("systemctl is-active docker", check=False).stdout == "inactive\n"
    before = fab(one.name, "rollback").stdout.count("ended")
    done = fab(one.name, "doctor", "--fix", "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert one.run("systemctl is-active docker; ls /dev/nvidia-uvm").stdout == "active\n/dev/nvidia-uvm\n"
    assert fab(one.name, "rollback").stdout.count("ended") == before + 2


def test_a_remedy_that_is_one_command_is_run_and_taken_back(provisioned: Callable[..., Host]) -> None:
    one = provisioned(gpus="a100:8")
    one.run("nvidia-smi -pm 0")
    warned = fab(one.name, "doctor", "--only", "persistence")
    assert "fix      nvidia-smi -pm 1" in warned.stdout
    done = fab(one.name, "doctor", "--fix", "--yes", "--only", "persistence")
    assert done.returncode == 0, done.stdout + done.stderr
    assert one.run("nvidia-smi -q | grep -c 'Persistence Mode *: Enabled'").stdout == "8\n"
    run = [line.split()[0] for line in fab(one.name, "rollback").stdout.splitlines() if " ended " in line][-1]
    back = fab(one.name, "rollback", "--run", run, "--yes")
    assert back.returncode == 0, back.stdout + back.stderr
    assert one.run("nvidia-smi -q | grep -c 'Persistence Mode *: Disabled'").stdout == "8\n"
