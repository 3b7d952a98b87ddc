"""Each fault is what it says, seen from the host."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.lab import faults
from tests.lab.errors import UsageError
from tests.lab.fixtures import unique

if TYPE_CHECKING:
    from tests.lab.core import Lab
    from tests.lab.fixtures import MakeHost

pytestmark = pytest.mark.lab


def test_var_lib_is_a_partition_that_no_hard_link_crosses(host: MakeHost) -> None:
    one = host(faults=["var_lib_partition"])
    assert one.run("findmnt -no FSTYPE -T /var/lib").stdout == "ext4\n"
    crossed = one.run("touch /var/a && ln /var/a /var/lib/a", check=False)
    assert "Invalid cross-device link" in crossed.stderr
    assert one.run("dpkg --audit && systemctl is-system-running --wait").stdout == "running\n"
    one.run("touch /var/lib/kept")
    one.reboot()
    one.run("ls /var/lib/kept")


def test_who_writes_to_the_frozen_file_system_cannot_be_killed_until_it_thaws(host: MakeHost) -> None:
    one = host(faults=["nvidia_smi_stuck"])
    one.freeze()
    writer = "touch /run/gpuwright-lab/stuck/touch"
    pid = one.run(f"setsid {writer} >/dev/null 2>&1 </dev/null & echo $!").stdout.strip()
    one.run(f"sleep 0.3; kill -9 {pid}; sleep 0.3")
    assert one.run(f"ps -o stat= -p {pid}").stdout.startswith("D")
    one.thaw()
    deadline = time.monotonic() + 5
    while one.run(f"ps -o stat= -p {pid}", check=False).stdout:
        assert time.monotonic() < deadline
    one.freeze()
    one.run(f"setsid {writer} >/dev/null 2>&1 </dev/null &")


def test_an_unknown_fault_lists_the_known_ones(lab: Lab) -> None:
    with pytest.raises(UsageError) as refused:
        lab.up([unique()], faults=["nonsense"])
    assert all(name in str(refused.value) for name in faults.known())


IMAGE = """
set -e
root=$(mktemp -d)
mkdir -p $root/usr/bin $root/lib64
cp --parents $(ldd /bin/dash /bin/ls | grep -o '/lib[^ ]*' | sort -u) $root
cp /bin/dash /bin/ls $root/usr/bin
tar -C $root -c . | docker import - try:1 >/dev/null
docker run --rm try:1 /usr/bin/dash -c 'echo from inside'
docker run --rm --device /dev/null:/dev/some try:1 /usr/bin/ls /dev/some
systemctl restart docker
docker info --format '{{.Driver}}'
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("system", "packages", "fault", "driver"),
    [
        ("debian12", "docker.io", [], "vfs"),
        # Debian 13 has the client in a package of its own, which docker.io only recommends.
        ("debian13", "docker.io docker-cli", ["docker_on_ext4"], "overlay2"),
    ],
)
def test_docker_of_the_distribution_runs_containers(
    host: MakeHost, system: str, packages: str, fault: list[str], driver: str
) -> None:
    one = host(os=system, faults=fault)
    install = f"apt-get install -qq -y --no-install-recommends {packages} >/dev/null"
    one.run(f"export DEBIAN_FRONTEND=noninteractive; apt-get update -qq && {install}", timeout=600)
    assert one.run("systemctl is-active docker containerd").stdout == "active\nactive\n"
    assert one.run(IMAGE, timeout=120).stdout.splitlines() == ["from inside", "/dev/some", driver]
