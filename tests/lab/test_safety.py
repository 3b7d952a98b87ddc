"""What root on a lab host cannot do to the machine it runs on. Each is tried."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.core import Lab
    from tests.lab.host import Host

from tests.lab.fixtures import unique

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def one(lab: Lab) -> Iterator[Host]:
    """One host for all attempts: none of them may change anything."""
    name = unique()
    yield lab.up([name], gpus="a100:1")[0]
    lab.down([name])


CAPABILITIES = {"sys_module": 16, "sys_rawio": 17, "sys_time": 25, "mac_override": 32, "mac_admin": 33, "syslog": 34}


def test_no_process_has_or_can_get_the_capabilities_for_it(one: Host) -> None:
    status = one.run("cat /proc/1/status /proc/self/status", user="root").stdout
    sets = [int(line.split()[1], 16) for line in status.splitlines() if line.startswith("Cap")]
    assert len(sets) == 10
    for name, bit in CAPABILITIES.items():
        assert not any(held >> bit & 1 for held in sets), name


LOAD = r"""
perl -e '
  open(F, "<", "/bin/true");
  my ($none, $image, $name) = ("", "x" x 64, "overlay");
  print syscall(313, fileno(F), $none, 0), " $!\n";
  print syscall(175, $image, 64, $none), " $!\n";
  print syscall(176, $name, 0), " $!\n";
'
"""


def test_it_cannot_load_or_remove_modules(one: Host) -> None:
    """The system calls themselves; the numbers are those of x86_64."""
    answers = one.run(LOAD).stdout.splitlines()
    assert len(answers) == 3
    # A kernel without modules does not have the calls at all.
    assert all(line in {"-1 Operation not permitted", "-1 Function not implemented"} for line in answers), answers


def test_it_cannot_set_the_clock(one: Host) -> None:
    refused = one.run("date --set '2001-01-01'", check=False)
    assert refused.returncode == 1
    assert "Operation not permitted" in refused.stderr


@pytest.mark.parametrize(
    "setting", ["kernel/panic", "kernel/core_pattern", "vm/swappiness", "fs/inotify/max_user_instances"]
)
def test_it_cannot_write_settings_of_the_kernel(one: Host, setting: str) -> None:
    file = Path("/proc/sys") / setting
    before = file.read_text()
    refused = one.run(f"cat {file} >/tmp/v && cat /tmp/v >{file}", check=False)
    assert "Read-only file system" in refused.stderr
    assert file.read_text() == before


def test_settings_of_its_own_network_are_its_own(one: Host) -> None:
    before = Path("/proc/sys/net/ipv4/ip_default_ttl").read_text()
    one.run("echo 77 >/proc/sys/net/ipv4/ip_default_ttl")
    assert Path("/proc/sys/net/ipv4/ip_default_ttl").read_text() == before


def test_it_cannot_use_sysrq(one: Host) -> None:
    if not Path("/proc/sysrq-trigger").exists():
        assert one.run("ls /proc/sysrq-trigger", check=False).returncode != 0
        return
    assert "Read-only file system" in one.run("echo h >/proc/sysrq-trigger", check=False).stderr


@pytest.mark.parametrize(
    "file", ["/sys/power/state", "/sys/kernel/mm/transparent_hugepage/enabled", "/sys/kernel/uevent_helper"]
)
def test_it_cannot_write_to_sysfs(one: Host, file: str) -> None:
    if Path(file).exists():
        assert "Read-only file system" in one.run(f"echo x >{file}", check=False).stderr


@pytest.mark.parametrize(
    ("kind", "major", "minor"),
    [
        ("c", 195, 0),  # a graphics card
        ("c", 195, 255),  # its control device
        ("c", 226, 0),  # the same by way of DRM
        ("c", 1, 1),  # physical memory
        ("c", 1, 11),  # the kernel's log
        ("c", 10, 200),  # TUN/TAP
        ("c", 10, 232),  # KVM
        ("c", 10, 237),  # loop control
        ("b", 7, 0),  # a loop device
    ],
)
def test_it_can_make_any_device_node_but_open_none_of_the_machines(
    one: Host, kind: str, major: int, minor: int
) -> None:
    one.run(f"rm -f /dev/try; mknod /dev/try {kind} {major} {minor}")
    refused = one.run("cat </dev/try", check=False)
    assert "Operation not permitted" in refused.stderr


def test_it_cannot_open_the_disk_of_the_machine(one: Host) -> None:
    device = Path("/").stat().st_dev
    one.run(f"rm -f /dev/try; mknod /dev/try b {device >> 8} {device & 255}")
    assert "Operation not permitted" in one.run("head -c 1 /dev/try", check=False).stderr
    assert one.run("mount /dev/try /mnt", check=False).returncode != 0


def test_harmless_devices_work(one: Host) -> None:
    one.run("head -c 4 /dev/urandom >/dev/null && head -c 4 /dev/zero >/dev/full; test -e /dev/ptmx")
    assert one.run("script -qc 'tty' /dev/null").stdout.startswith("/dev/pts/")


def test_it_sees_no_card_but_its_own(one: Host) -> None:
    own = one.run("ls /sys/bus/pci/devices").stdout.split()
    assert own
    # What the simulated bus does not have must not be found by way of the real one.
    covered = one.run("find /proc/bus/pci /sys/class/drm /sys/devices/pci* -mindepth 1 2>/dev/null", check=False)
    assert covered.stdout == ""
    assert one.run("ls /proc/driver; cat /proc/devices").stdout.count("nvidia") == 0


def test_it_sees_no_process_mount_or_group_of_the_machine(one: Host) -> None:
    assert "systemd" in one.run("cat /proc/1/comm").stdout
    assert "gpuwright-lab/hosts" not in one.run("cat /proc/1/cgroup /proc/self/mounts").stdout
    assert one.run("ls /sys/fs/cgroup").stdout.count("gpuwright") == 0
