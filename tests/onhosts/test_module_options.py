"""Options of NVIDIA's modules on a host: loaded at once or by a reboot, over what a user's file says, and taken back.

modprobe and its files are real; the module is the lab's, which shows what the real modprobe hands over.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.lab.host import Host
from tests.onhosts.fab import fab

pytestmark = [pytest.mark.lab, pytest.mark.slow]

FILE, USERS = "/etc/modprobe.d/zz-gpuwright.conf", "/etc/modprobe.d/site.conf"
PROFILE = """name = "options"
extends = "debian"
[driver.options.nvidia]
NVreg_PreserveVideoMemoryAllocations = 1
NVreg_RestrictProfilingToAdminUsers = 0
[driver.options.nvidia-drm]
modeset = true
"""
AS_ASKED = ["RmProfilingAdminOnly:", "0", "PreserveVideoMemoryAllocations:", "1", "Y"]
ASK = "grep -E '^(Preserve|RmProf)' /proc/driver/nvidia/params; cat /sys/module/nvidia_drm/parameters/modeset"


def test_options_are_loaded_at_once_or_by_a_reboot_and_go_again(
    provisioned: Callable[..., Host], tmp_path: Path
) -> None:
    one = provisioned()
    before = one.run(ASK).stdout
    assert before.split() == ["RmProfilingAdminOnly:", "1", "PreserveVideoMemoryAllocations:", "0", "N"]
    one.run(f"echo 'options nvidia NVreg_PreserveVideoMemoryAllocations=0' >{USERS}")
    profile = tmp_path / "options.toml"
    profile.write_text(PROFILE)
    done = fab(one.name, "provision", "--profile", str(profile), "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"it counts over {USERS}: options nvidia NVreg_PreserveVideoMemoryAllocations=0" in done.stdout
    assert "no reboot" in done.stdout
    assert one.run(ASK).stdout.split() == AS_ASKED
    assert "nothing to do" in fab(one.name, "plan", "--profile", str(profile)).stdout
    run = re.findall(r"^(\S+)  ", fab(one.name, "rollback").stdout, re.MULTILINE)[-1]
    back = fab(one.name, "rollback", "--run", run, "--yes")
    assert back.returncode == 0, back.stdout + back.stderr
    assert one.run(ASK).stdout == before
    assert one.run(f"ls {FILE} {USERS}", check=False).stdout.split() == [USERS]

    one.run("echo 9 >/sys/module/nvidia/refcnt")  # somebody holds it, and who is not known
    boot = one.boot_id()
    done = fab(one.name, "provision", "--profile", str(profile), "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the driver is in use by somebody" in done.stdout
    assert one.boot_id() != boot
    assert one.run(ASK).stdout.split() == AS_ASKED
