"""GPUs divided on real hosts, by the stand-in for nvidia-smi: in place where they are free, else by one reboot.

An A100 keeps its mode over a reboot, an H100 does not; neither keeps its MIG devices: our unit makes them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.onhosts.fab import fab

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lab.host import Host

pytestmark = [pytest.mark.lab, pytest.mark.slow]

HELD = """
rm /dev/nvidia0 && mknod -m 666 /dev/nvidia0 c 1 3 # one that opens: the lab's nodes lead to nothing
setsid su ops -s /bin/sh -c 'exec sleep 1000 </dev/nvidia0' </dev/null >/dev/null 2>&1 &
"""


def profile(folder: Path, *layout: str) -> Path:
    """A profile that divides the first GPU so, and leaves the second one whole."""
    path = folder / f"{len(list(folder.iterdir()))}.toml"
    listed = ", ".join(f'"{each}"' for each in layout)
    path.write_text(f'name = "divided"\nextends = "debian"\n[mig.gpus]\n0 = [{listed}]\n1 = ["off"]\n')
    return path


def devices(one: Host) -> list[str]:
    """The profiles of the MIG devices, in nvidia-smi's order."""
    return [line.split()[1] for line in one.run("nvidia-smi -L").stdout.splitlines() if line.startswith("  MIG")]


def divide(one: Host, path: Path) -> str:
    done = fab(one.name, "provision", "--profile", str(path), "--only", "mig", "--yes", timeout=200)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_free_gpu_is_divided_in_place_and_one_in_use_by_a_reboot(
    provisioned: Callable[..., Host], tmp_path: Path
) -> None:
    one = provisioned(gpus="a100:2")
    first, second = profile(tmp_path, "1g.10gb x4", "3g.40gb"), profile(tmp_path, "7g.80gb")
    said = divide(one, first)
    assert devices(one) == ["3g.40gb", *["1g.10gb"] * 4]
    assert "rebooting" not in said
    one.run(HELD)
    said = divide(one, second)
    assert (said.count("rebooting"), "stops: sleep (pid " in said) == (1, True)
    assert devices(one) == ["7g.80gb"]
    run = [line.split()[0] for line in fab(one.name, "rollback").stdout.splitlines() if " ended " in line][-1]
    back = fab(one.name, "rollback", "--run", run, "--yes", "--reboot", "never")
    assert back.returncode == 0, back.stdout + back.stderr
    assert devices(one) == ["3g.40gb", *["1g.10gb"] * 4]
    assert (
        one.run("cat /etc/gpuwright/mig").stdout.splitlines()[0].endswith("on 3g.40gb 1g.10gb 1g.10gb 1g.10gb 1g.10gb")
    )


def test_what_a_hopper_forgets_at_a_reboot_is_made_anew_before_docker(
    provisioned: Callable[..., Host], tmp_path: Path
) -> None:
    one = provisioned("debian13", gpus="h100:2")
    wanted = profile(tmp_path, "2g.20gb x3")
    divide(one, wanted)
    one.reboot()
    one.settle()
    assert devices(one) == ["2g.20gb"] * 3
    order = one.run("systemctl show -p After --value docker.service").stdout
    assert "gpuwright-mig.service" in order
    said = fab(one.name, "doctor", "--profile", str(wanted), "--only", "mig_layout", "-v")
    assert (said.returncode, "divided as the profile says, now and at each boot" in said.stdout) == (0, True), (
        said.stdout
    )
