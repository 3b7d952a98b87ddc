"""A driver of another origin, and the switch to another branch or flavour: what is planned, in which order, and why."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from checks.facts import Facts
from checks.profiles import leftovers, wants
from checks.profiles.profile import having, load
from provision import show
from provision.planning import plan
from provision.step import GPU_PROGRAMS
from tests.alter import Alter, altered, append, edit, put
from tests.hosts import DEBIAN, HEALTHY, read
from tests.test_lib import lib
from tests.test_recordings import law
from tests.test_signed_modules import NOBLE

CURRENT = load("current")
REPLACE = having(CURRENT, {"driver": {"replace": True}})
RUNFILE: tuple[Alter, ...] = (
    edit("packages", r"^ii \S*(nvidia|libcuda1)\S* .*\n", ""),
    append("loader", "runfile /usr/bin/nvidia-uninstall\n"),
)
HELD = append("work", "holder 4711 joe ,0 | python3\n")
PACKAGED: tuple[Alter, ...] = (
    edit(
        "packages",
        r"^ii nvidia-kernel-dkms .*$",
        "ii nvidia-driver-pinning-580 580.95.05-1\nii nvidia-driver-cuda 580.95.05-1\n"
        "ii nvidia-persistenced 580.95.05-1\nii nvidia-kernel-open-dkms 580.95.05-1",
    ),
    edit("driver", r"nvidia-current 535.309.01 NVIDIA", "nvidia 580.95.05 Dual MIT/GPL"),
    edit("driver", r"535\.309\.01", "580.95.05"),
    edit("modules", r"535\.309\.01", "580.95.05"),
)
"""The healthy host with branch 580 of NVIDIA's own repository, and open modules."""


def host(*alters: Alter) -> Facts:
    return Facts(altered(read(HEALTHY), alters))


def titles(found: Facts, profile: object) -> list[str]:
    return [step.title for step in plan(found, profile).steps]  # type: ignore[arg-type]


def test_a_driver_of_the_distribution_is_left_alone_and_the_key_is_named() -> None:
    planned = plan(host(), CURRENT)
    assert not {step.component for step in planned.steps} & {"driver", "leftovers"}
    said = show.as_text(planned, "h", "current")
    assert "it is left alone. driver.replace = true in the profile" in said
    assert "packages of Debian: firmware-nvidia-gsp" in said
    law(host(), CURRENT)


def test_it_goes_before_the_new_one_comes_each_package_shown_and_none_of_others() -> None:
    steps = [step for step in plan(host(), REPLACE).steps if step.component in ("leftovers", "driver")]
    removed, installed, changed = steps
    names = set(removed.title.partition(": ")[2].split())
    assert {"nvidia-kernel-dkms", "nvidia-smi", "libcuda1", "glx-alternative-nvidia", "nvidia-kernel-common"} <= names
    assert not {name for name in names if name.startswith(("docker", "dkms", "linux", "containerd"))}
    assert removed.undo == "undo_packages\n"
    assert installed.title.startswith("install the driver: nvidia-driver-pinning-595 nvidia-driver-cuda=595")
    assert changed.title == "load driver 595 in place of 535.309.01, open modules in place of proprietary ones"
    assert removed.disrupts == changed.disrupts == (GPU_PROGRAMS,)
    law(host(), REPLACE)


def test_the_runfiles_own_program_takes_it_away_and_that_cannot_be_undone() -> None:
    found = host(*RUNFILE)
    step = next(step for step in plan(found, REPLACE).steps if step.component == "leftovers")
    assert "by /usr/bin/nvidia-uninstall --uninstall" in step.title
    assert "cannot be undone" in step.why
    assert not step.undo
    assert "NVIDIA's runfile, /usr/bin/nvidia-uninstall" in plan(found, CURRENT).warnings[0]
    law(found, REPLACE)
    law(found, CURRENT)


def test_a_runfile_over_packages_goes_and_the_packages_files_come_back() -> None:
    found = host(append("loader", "runfile /usr/bin/nvidia-uninstall\n"))
    own = having(DEBIAN, {"driver": {"replace": True}})
    (step,) = plan(found, own).steps
    assert "reinstall_packages " in step.script
    assert "nvidia-kernel-dkms" in step.script
    law(found, own)


def test_nothing_goes_where_nothing_can_come_in_its_place() -> None:
    locked = edit(
        "signing", r"^(secure_boot .*\nlockdown .*)$", "secure_boot 1\nlockdown none [integrity]\nmok /m absent"
    )
    planned = plan(host(locked), REPLACE)
    assert {"leftovers", "driver"} <= dict(planned.unknown).keys()
    assert not {step.component for step in planned.steps} & {"driver", "leftovers"}


@pytest.mark.parametrize(
    ("version", "change"),
    [
        ("580", ""),
        ("580.95.05", ""),
        ("580.105.08", "580.105.08 in place of 580.95.05"),
        ("595", "595 in place of 580.95.05"),
    ],
)
def test_another_branch_is_one_step_of_the_solver_and_the_module_follows_without_a_reboot(
    version: str, change: str
) -> None:
    found = host(*PACKAGED)
    wanted = having(CURRENT, {"driver": {"version": version}})
    steps = [step for step in plan(found, wanted).steps if step.component == "driver"]
    assert wants.driver_change(found, wanted) == change
    assert [step.title for step in steps][1:] == ([f"load driver {change}"] if change else [])
    if change:
        assert "ERASING=yes\n" in steps[0].script
        assert not plan(found, wanted).reboots
        assert steps[1].script == "unload_driver\nload_driver\n"
        assert steps[1].undo.startswith("unload_driver ||")
    law(found, wanted)


def test_another_flavour_is_a_change_of_modules() -> None:
    proprietary = edit("driver", r"Dual MIT/GPL", "NVIDIA")
    other = edit("packages", r"^ii nvidia-kernel-open-dkms", "ii nvidia-kernel-dkms")
    found = host(*PACKAGED, proprietary, other)
    wanted = having(CURRENT, {"driver": {"version": "580"}})
    assert wants.driver_change(found, wanted) == "open modules in place of proprietary ones"
    assert [title for title in titles(found, wanted) if "driver" in title and "install" in title] == [
        "install the driver: nvidia-kernel-open-dkms=580"
    ]


def test_where_somebody_holds_the_driver_it_changes_at_a_reboot_and_they_are_named() -> None:
    found = host(*PACKAGED, HELD, edit("modules", r"^nvidia 580.95.05 3", "nvidia 580.95.05 7"))
    planned = plan(found, having(CURRENT, {"driver": {"version": "595"}}))
    assert [phase.reboot for phase in planned.phases if phase.reboot] == [
        "driver 580.95.05 is in use by python3 (pid 4711)"
    ]
    assert any(title.startswith("boot into driver 595 in place of") for title in (s.title for s in planned.steps))


def test_the_daemon_that_keeps_the_driver_loaded_is_no_reason_to_reboot_and_a_screen_is() -> None:
    daemon = append("work", "holder 900 root ,0 | nvidia-persiste\n")
    used = edit("modules", r"^nvidia 580.95.05 3", "nvidia 580.95.05 5")
    wanted = having(CURRENT, {"driver": {"version": "595"}})
    assert not plan(host(*PACKAGED, daemon, used), wanted).reboots
    screen = edit("modules", r"^nvidia_drm 580.95.05 0", "nvidia_drm 580.95.05 1")
    reasons = [phase.reboot for phase in plan(host(*PACKAGED, daemon, used, screen), wanted).phases]
    assert "driver 580.95.05 is in use by the module nvidia_drm" in reasons
    assert plan(host(*PACKAGED, used), wanted).reboots, "somebody holds it, and who is not known"


@pytest.mark.parametrize(
    "name",
    [
        *("nvidia-dkms-535", "libnvidia-compute-535", "linux-modules-nvidia-535-generic", "nvidia-x11-drv"),
        *(
            "xserver-xorg-video-nvidia-535",
            "kmod-nvidia",
            "akmod-nvidia",
            "xorg-x11-drv-nvidia-cuda",
            "cuda-drivers-535",
        ),
    ],
)
def test_parts_of_a_driver_are_known_by_the_names_that_others_give_them(name: str) -> None:
    assert name in leftovers.packages(host(append("packages", f"ii {name} 1\n")))


@pytest.mark.parametrize(
    "name",
    ["nvidia-container-toolkit", "libnvidia-container1", "nvidia-docker2", "nvidia-fs-dkms", "nvidia-cuda-toolkit"],
)
def test_what_rests_on_a_driver_is_no_part_of_it(name: str) -> None:
    assert name not in leftovers.packages(host(append("packages", f"ii {name} 1\n")))


def test_packages_that_something_else_needs_stay(tmp_path: Path) -> None:
    """With a dpkg of a few lines that refuses the simulation; nothing is purged."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for name, text in {
        "dpkg": f'echo "$@" >>{tmp_path}/said; case $* in *--simulate*) echo "x depends on nvidia-smi"; exit 1 ;; esac',
        "dpkg-query": "echo installed nvidia-smi 1",
        "apt-mark": ":",
        "apt-get": "exit 1",
    }.items():
        (tools / name).write_text(f"#!/bin/sh\n{text}\n")
        (tools / name).chmod(0o755)
    (tmp_path / "log").write_text("")
    begin = f"set -eu\nPATH={tools}:$PATH\nRUN={tmp_path}\nSTEP=1\n{lib(tmp_path)}\n"
    done = subprocess.run(
        ["sh", "-c", f"{begin}remove_packages nvidia-smi\n"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "--purge --force-hold" not in (tmp_path / "said").read_text()


NVIDIAS = "".join(
    f"ii {name} 580.95.05-1ubuntu1\n"
    for name in ("libnvidia-compute-580", "nvidia-utils-580", "nvidia-dkms-580-open", "nvidia-persistenced")
)
"""Branch 580 by the names that NVIDIA's packages for Ubuntu have up to it."""
PINNED = "ii nvidia-driver-pinning-580 580-1\n"
OFFERED = (
    "timer no\nrelease x\tNVIDIA\t{label}\t\t\npolicy nvidia-dkms-580-open:\npolicy   Installed: 580.95.05-1ubuntu1\n"
    "policy  *** 580.95.05-1ubuntu1 600\npolicy         600 https://x  Packages\n"
)


@pytest.mark.parametrize(
    ("packages", "archive", "ours"),
    [
        (NVIDIAS + PINNED, "timer no\n", True),
        (NVIDIAS, OFFERED.format(label="NVIDIA CUDA"), True),
        (NVIDIAS, OFFERED.format(label="Ubuntu"), False),
        (NVIDIAS, "timer no\n", False),
        (NVIDIAS, "garbage\n", False),
    ],
)
def test_nvidias_other_branch_on_ubuntu_is_a_switch_and_ubuntus_own_of_the_same_names_is_not(
    packages: str, archive: str, *, ours: bool
) -> None:
    """Its names lost the branch with 590, so that none of the new ones is there (Driver Installation Guide)."""
    found = host(
        *NOBLE,
        put("packages", packages + "ii linux-image-6.8.0-45-generic 6.8.0-45.45\n"),
        put("archive", archive),
        edit("driver", r"^built \S+ nvidia-current 535.309.01 NVIDIA", "built 6.8.0-45-generic nvidia 580.95.05 GPL"),
        edit("driver", r"535\.309\.01", "580.95.05"),
        edit("modules", r"535\.309\.01", "580.95.05"),
    )
    wanted = having(CURRENT, {"driver": {"version": "595"}})
    steps = [step.title for step in plan(found, wanted).steps if step.component == "driver"]
    assert wants.foreign_driver(found, wanted) != ours
    if ours:
        install, load_it = steps
        assert install.startswith("install the driver: nvidia-driver-pinning-595 libnvidia-compute=595")
        assert load_it == "load driver 595 in place of 580.95.05"
    else:
        assert not steps
    law(found, wanted)
