"""A board with NVSwitches gets the fabric manager of its driver's version, which runs; the host simulates EL 9.

What is real is dnf with its solver, rpm and systemd; the fabric manager is a stand-in, held to its contract here.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.onhosts import today
from tests.onhosts.fab import fab

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from tests.lab.core import Lab
    from tests.lab.fixtures import MakeHost

pytestmark = [pytest.mark.lab, pytest.mark.slow]

CONTRACT = Path(__file__).parent.parent / "lab/standin/payload/nvidia-fabricmanager/contract.toml"


def test_an_hgx_board_gets_the_fabric_manager_at_the_drivers_version(lab: Lab, host: MakeHost, tmp_path: Path) -> None:
    one = host(os="el9", gpus="h100:8").settle()
    wanted = str(today.profile(lab, tmp_path))
    done = fab(one.name, "provision", "--profile", wanted, "--only", "fabric_manager", "--yes")
    assert done.returncode in (0, 1), done.stdout + done.stderr  # docker is left out, which the doctor says
    assert "start the fabric manager" in done.stdout
    driver = one.run("cat /sys/module/nvidia/version").stdout.strip()
    assert one.run("rpm -q --qf '%{VERSION}' nvidia-fabricmanager").stdout == driver
    assert one.run("systemctl is-enabled nvidia-persistenced; systemctl is-active nvidia-persistenced").stdout == (
        "enabled\nactive\n"
    )
    seen = fab(one.name, "doctor", "--profile", wanted, "--only", "fabric_version,fabric_manager", "-v").stdout
    assert f"the fabric manager {driver} runs" in seen
    for case in tomllib.loads(CONTRACT.read_text(encoding="utf-8"))["case"]:
        answer = one.run(case["command"], check=False)
        assert (answer.returncode, answer.stdout) == (case["status"], case["out"].format(driver=driver)), case["name"]
    again = fab(one.name, "plan", "--profile", wanted, "--only", "fabric_manager")
    assert "nothing to do" in again.stdout, again.stdout
