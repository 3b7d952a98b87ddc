"""A bare Debian 12 host becomes one that runs GPU containers: real packages, a real DKMS build, a real reboot."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.onhosts import stages
from tests.onhosts.fab import fab

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lab.core import Lab
    from tests.lab.fixtures import MakeHost
    from tests.lab.host import Host
    from tests.onhosts.stages import Way

pytestmark = pytest.mark.lab


@pytest.fixture(scope="session")
def way(walked: Callable[[str], Way]) -> Way:
    """The way of this system."""
    return walked("debian12")


def test_the_plan_is_shown_and_everything_before_the_reboot_is_done(way: Way) -> None:
    out = way.first.stdout
    assert "6 steps, 1 reboot" in out
    assert "install the driver: nvidia-kernel-dkms nvidia-smi libcuda1 nvidia-modprobe" in out
    assert "-- reboot: nouveau holds the GPU until then" in out
    assert "nvidia-kernel-dkms 535." in out
    assert "MiB to fetch" in out
    assert "stopped before a reboot" in out


def test_without_the_reboot_the_doctor_is_red(way: Way) -> None:
    assert way.first.returncode == 1
    assert "FAIL    nouveau" in way.first.stdout


def test_the_second_run_goes_on_from_there_with_one_reboot_and_ends_well(way: Way) -> None:
    assert way.second.returncode == 0, way.second.stdout + way.second.stderr
    assert way.boots[0] != way.boots[1]
    assert f"OK {way.host}: " in way.second.stdout
    findings = json.loads(fab(way.host, "doctor", "--container", "--format", "json").stdout)["findings"]
    assert {"ok"} == {finding["verdict"] for finding in findings if finding["check"] == "container_gpu"}


def test_the_driver_was_really_built_for_the_hosts_kernel(lab: Lab, way: Way) -> None:
    one = lab.host(way.host)
    found = one.run("modinfo -F vermagic nvidia-current; uname -r; dkms status").stdout.splitlines()
    assert found[0].split()[0] == found[1]
    assert found[1] in found[2]
    assert "installed" in found[2]


def test_a_container_lists_the_gpu_with_the_flags_that_docker_args_prints(lab: Lab, way: Way) -> None:
    flags = json.loads(fab(way.host, "docker-args", "--format", "json").stdout)
    assert "--device=/dev/nvidia0" in flags
    one = lab.host(way.host)
    one.run("mkdir -p /tmp/i/bin && cp -L /bin/sh /tmp/i/bin/")
    copy = "for f in $(ldd /bin/sh /usr/lib/nvidia/current/nvidia-smi | grep -o '/[^ :()]*' | grep -v nvidia-smi)"
    one.run(f'{copy}; do mkdir -p "/tmp/i${{f%/*}}"; cp -L "$f" "/tmp/i$f"; done')
    one.run("tar -C /tmp/i -c . | docker import - mine")
    command = f"docker run --rm {' '.join(flags)} mine /usr/local/nvidia/bin/nvidia-smi -L"
    assert "GPU 0: NVIDIA A100" in one.run(command).stdout


def test_again_there_is_nothing_to_do_and_it_costs_one_exec(lab: Lab, way: Way) -> None:
    one = lab.host(way.host)
    before = one.exec_requests()
    done = fab(way.host, "provision", "--yes")
    assert one.exec_requests() - before == 1
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{way.host}: nothing to do" in done.stdout


def test_doctor_costs_one_exec(lab: Lab, way: Way) -> None:
    one = lab.host(way.host)
    before = one.exec_requests()
    done = fab(way.host, "doctor")
    assert one.exec_requests() - before == 1
    assert done.returncode == 0, done.stdout + done.stderr


def test_doctor_changes_nothing_on_a_bare_host(host: MakeHost) -> None:
    one = host(gpus="a100:1")
    listing = "find / -xdev -newer /tmp/mark -not -path '/var/log/*' -not -path '/tmp*' -not -path '/root/*'"
    one.run("touch /tmp/mark; sleep 1.1")
    fab(one.name, "doctor")
    fab(one.name, "plan")
    # The two directories are those in which a scratch directory was made and removed again.
    assert set(one.run(listing).stdout.split()) <= {"/run", "/var/tmp"}


def test_unprovision_leaves_packages_and_etc_as_they_were(provisioned: Callable[..., Host], way: Way) -> None:
    one = provisioned()
    done = fab(one.name, "unprovision", "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert stages.packages(one) == way.packages_before
    assert stages.changed_etc(way.etc_before, stages.etc(one)) == set()
    assert "nouveau" in fab(one.name, "doctor").stdout


def test_rollback_without_a_run_lists_them_and_changes_nothing(provisioned: Callable[..., Host]) -> None:
    one = provisioned()
    done = fab(one.name, "rollback")
    assert done.returncode == 0
    assert "install the driver" in done.stdout
    missing = fab(one.name, "rollback", "--run", "20000101T000000-0000", "--yes")
    assert missing.returncode == 64
    assert "there is no run" in missing.stderr
    assert fab(one.name, "doctor").returncode == 0
