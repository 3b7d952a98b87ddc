"""nouveau on systems whose packages may not keep it off: what is planned, and what a step does of itself."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from checks.facts import Facts
from checks.profiles.profile import load
from provision.planning import plan
from tests.alter import altered, edit, put
from tests.hosts import DEBIAN, STACK_2017, facts, read
from tests.test_lib import lib
from tests.test_recordings import law

OURS = "/etc/modprobe.d/gpuwright-nouveau.conf"


def test_where_packages_are_not_known_to_do_it_it_is_done_before_them() -> None:
    steps = plan(facts("bare-centos7-v100"), STACK_2017).steps
    components = [step.component for step in steps]
    assert components.index("nouveau") < components.index("driver")
    assert "rebuild_initramfs\n" in steps[components.index("nouveau")].script


def test_packages_that_were_cut_off_while_they_were_configured_do_it_when_they_are_finished() -> None:
    cut = [
        edit("packages", "ii nvidia-kernel-dkms ", "iF nvidia-kernel-dkms "),
        edit("nouveau", r"(.*\n)+", ""),
        edit("pci", r"nvidia$", "nouveau"),
        edit("driver", r"^built .*\n", ""),
        put("modules", "nouveau - 0 ,\n"),
    ]
    found = Facts(altered(read("healthy-debian12-a100"), cut))
    law(found, DEBIAN)
    steps = plan(found, DEBIAN).steps
    assert not [step for step in steps if OURS in step.title + step.script]
    assert steps[0].component == "packages"
    assert [step.title for step in steps if step.component == "nouveau"] == ["hand the GPU over to the NVIDIA driver"]


def test_with_nvidias_packages_the_step_makes_sure_of_it_and_takes_its_own_file_back() -> None:
    step = next(s for s in plan(facts("bare-debian12-a100"), load("current")).steps if "install the driver" in s.title)
    assert f"keep_nouveau_off {OURS}\n" in step.script
    assert f"undo_file {OURS}\n" in step.undo


@pytest.mark.parametrize(
    ("line", "age", "rebuilt", "ours"),
    [
        ("blacklist nouveau\n", -100, False, False),
        ("blacklist nouveau\n", 100, True, False),
        ("blacklist nouveau-old\n", 100, True, True),
        ("", 100, True, True),
    ],
    ids=["in the initramfs", "initramfs older", "no such line", "no file"],
)
def test_the_initramfs_is_made_anew_only_where_it_is_older(
    tmp_path: Path, line: str, age: int, *, rebuilt: bool, ours: bool
) -> None:
    for name in ("bin", "boot", "etc/modprobe.d", "usr/lib/modprobe.d"):
        (tmp_path / name).mkdir(parents=True)
    if line:
        (tmp_path / "usr/lib/modprobe.d/nvidia.conf").write_text(line)
    image = tmp_path / "boot/initramfs-5.14.0-570.el9.x86_64.img"
    image.write_text("")
    os.utime(image, times=(image.stat().st_ctime - age,) * 2)
    dracut = tmp_path / "bin/dracut"
    dracut.write_text(f'#!/bin/sh\necho "$@" >{tmp_path}/said\n')
    dracut.chmod(0o755)
    (tmp_path / "log").write_text("")
    text = lib(tmp_path).replace("command -v update-initramfs", "false")
    for path in ("/boot/", "/etc/modprobe.d/", "/usr/lib/modprobe.d/", "/run/modprobe.d/"):
        text = text.replace(path, f"{tmp_path}{path}")
    own = f"{tmp_path}{OURS}"
    begin = f"set -eu\nPATH={tmp_path}/bin:$PATH\nRUN={tmp_path}\nSTEP=1\n{text}\n"
    subprocess.run(["sh", "-c", f"{begin}keep_nouveau_off {own}\n"], check=True, capture_output=True)
    assert (tmp_path / "said").exists() == rebuilt
    assert Path(own).exists() == ours
    if ours:
        assert Path(own).read_text() == "blacklist nouveau\noptions nouveau modeset=0\n"
        subprocess.run(["sh", "-c", f"{begin}undo_file {own}\n"], check=True, capture_output=True)
        assert not Path(own).exists()
