"""The commands of the topics about the machine, run on files as a host has them."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from checks.facts import bmc, bonds, environment, isolation, storage
from checks.facts.reading import Reading

MDSTAT = """\
Personalities : [raid1] [raid6] [raid5] [raid4]
md1 : active raid5 sdd1[3] sdc1[1] sdb1[0]
      2095104 blocks super 1.2 level 5, 512k chunk, algorithm 2 [3/2] [UU_]
      [==>..................]  recovery = 12.6% (132480/1047552) finish=0.1min speed=132480K/sec

md0 : active raid1 sdb1[1] sda1[0]
      1046528 blocks super 1.2 [2/2] [UU]
      bitmap: 0/1 pages [0KB], 65536KB chunk

md127 : inactive sde1[0](S)
      5237760 blocks super 1.2

unused devices: <none>
"""
"""As md(4) and the kernel's drivers/md/md.c print it."""

SEL = """\
   1 | 11/20/2026 | 08:00:00 | Event Logging Disabled #0x10 | Log area reset/cleared | Asserted
   2 | 11/22/26 | 12:33:45 UTC | Power Supply #0x85 | Power Supply AC lost | Asserted
   3 |  Pre-Init  |0000000012| Memory #0x87 | Uncorrectable ECC | Asserted
"""
"""As ipmitool 1.8.18 and 1.8.19 print dates."""


def answer(topic: Any, folder: Path, path: str = "") -> Any:
    """What the topic's parser makes of its command's answer; absolute folders are those below `folder`."""
    command = topic.COMMAND
    for root in ("/proc/mdstat", "/sys/", "/etc/", "/dev/ipmi0"):
        command = command.replace(root, f"{folder}{root}")
    env = {"PATH": f"{path}:/usr/bin:/bin"}
    done = subprocess.run(
        ["sh"], input=command, env=env, cwd=folder, capture_output=True, text=True, check=False, timeout=20
    )
    return topic.parse(Reading(done.returncode, done.stdout))


def put(folder: Path, files: dict[str, str]) -> None:
    """Write the files below the folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def test_arrays_and_drives(tmp_path: Path) -> None:
    put(
        tmp_path,
        {"proc/mdstat": MDSTAT, "sys/class/nvme/nvme0/state": "live\n", "sys/class/nvme/nvme1/state": "dead\n"},
    )
    found = answer(storage, tmp_path)
    assert found.arrays == (
        storage.Array("md1", "active", "[UU_]", "recovery"),
        storage.Array("md0", "active", "[UU]", ""),
        storage.Array("md127", "inactive", "", ""),
    )
    assert found.nvme == {"nvme0": "live", "nvme1": "dead"}


def test_links_of_a_bond(tmp_path: Path) -> None:
    net = "sys/class/net/"
    put(
        tmp_path,
        {f"{net}bond0/bonding/slaves": "eth0 eth1\n", f"{net}eth0/carrier": "1\n", f"{net}eth0/speed": "25000\n"},
    )
    assert answer(bonds, tmp_path) == (
        bonds.Link("bond0", "eth0", up=True, speed=25000),
        bonds.Link("bond0", "eth1", up=False, speed=0),
    )


def test_variables_that_are_set_and_not_those_in_comments(tmp_path: Path) -> None:
    put(
        tmp_path,
        {
            "etc/environment": "PATH=/usr/bin\nCUDA_LAUNCH_BLOCKING=1\n",
            "etc/profile.d/a.sh": "# export CUDA_VISIBLE_DEVICES=0\nexport CUDA_HOME=/usr/local/cuda\n",
            "etc/security/pam_env.conf": "CUDA_VISIBLE_DEVICES DEFAULT=0\n",
        },
    )
    found = answer(environment, tmp_path)
    assert [line for _, line in found.lines] == ["CUDA_LAUNCH_BLOCKING=1", "CUDA_VISIBLE_DEVICES DEFAULT=0"]
    assert found.read >= 3


def test_selinux_the_iommu_and_rules_for_logins(tmp_path: Path) -> None:
    gpu = "sys/bus/pci/devices/0000:3b:00.0/"
    put(
        tmp_path,
        {
            "sys/fs/selinux/enforce": "1",
            "sys/fs/selinux/booleans/container_use_devices": "0 0",
            f"{gpu}vendor": "0x10de\n",
            f"{gpu}iommu_group/type": "DMA-FQ\n",
            "etc/systemd/system/ssh.service.d/gpu.conf": "[Service]\nDeviceAllow=/dev/nvidiactl\n",
        },
    )
    found = answer(_at_root(isolation), tmp_path)
    assert (found.selinux, found.use_devices, found.iommu) == ("enforcing", False, {"0000:3b:00.0": "DMA-FQ"})
    assert [rule for _, rule in found.logins] == ["DeviceAllow=/dev/nvidiactl"]


def _at_root(topic: Any) -> Any:
    """The topic whose command names /etc as a folder of its own."""

    class Topic:
        COMMAND = topic.COMMAND.replace("for folder in /etc /run /usr/lib", 'for folder in "$PWD/etc"')
        parse = staticmethod(topic.parse)

    return Topic


@pytest.mark.parametrize("ends", [0, 1])
def test_the_log_of_the_bmc(tmp_path: Path, ends: int) -> None:
    put(tmp_path, {"dev/ipmi0": "", "bin/ipmitool": f"#!/bin/sh\ncat <<'E'\n{SEL}E\nexit {ends}\n"})
    (tmp_path / "bin/ipmitool").chmod(0o755)
    found = answer(bmc, tmp_path, str(tmp_path / "bin"))
    if ends:
        assert found.missing.startswith("the BMC gave no list within 5 seconds:")
        return
    assert [(event.time, event.text) for event in found.events] == [
        (1795075200 + 86400, "Log area reset/cleared"),
        (1795350825, "Power Supply AC lost"),
        (0, "Uncorrectable ECC"),
    ]
    (tmp_path / "dev/ipmi0").unlink()
    assert answer(bmc, tmp_path).missing.startswith("not applicable: no ")
