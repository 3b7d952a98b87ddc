"""Each step is needed: a host on which it was left out turns red, and the check that says so is the right one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.onhosts.fab import fab

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lab.fixtures import MakeHost
    from tests.lab.host import Host

pytestmark = pytest.mark.lab


def red(one: Host) -> list[str]:
    """The checks that fail."""
    findings = json.loads(fab(one.name, "doctor", "--format", "json").stdout)["findings"]
    return [finding["check"] for finding in findings if finding["verdict"] == "fail"]


def test_without_the_sources_apt_finds_no_driver(host: MakeHost) -> None:
    one = host(gpus="a100:1")
    one.run("apt-get -q update")
    assert one.run("apt-get -s install nvidia-kernel-dkms", check=False).returncode != 0


@pytest.mark.slow
def test_without_headers_dkms_builds_nothing(host: MakeHost) -> None:
    one = host(gpus="a100:1")
    one.run("sed -i 's/main.*/main contrib non-free non-free-firmware/' /etc/apt/sources.list; apt-get -q update")
    install = "DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends nvidia-kernel-dkms libcuda1"
    one.run(install, timeout=600)
    one.reboot()
    assert red(one)[0] == "kernel_headers"


def test_without_the_driver_there_is_none(host: MakeHost) -> None:
    assert "nouveau" in red(host(gpus="a100:1"))


@pytest.mark.slow
def test_without_the_initramfs_nouveau_takes_the_card_at_the_next_boot(provisioned: Callable[..., Host]) -> None:
    one = provisioned()
    one.run("rm /etc/modprobe.d/nvidia-blacklists-nouveau.conf")
    one.run("update-initramfs -u", timeout=300)
    assert red(one) == []
    warned = fab(one.name, "doctor").stdout
    assert "WARN    nouveau: nouveau takes the GPUs at the next boot" in warned
    one.reboot()
    assert red(one)[0] == "nouveau"
    done = fab(one.name, "provision", "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "blacklist nouveau in /etc/modprobe.d/gpuwright-nouveau.conf" in done.stdout


@pytest.mark.parametrize(
    ("take_away", "check"),
    [
        ("systemctl disable --now docker.service docker.socket", "docker_running"),
        ("systemctl disable gpuwright-device-nodes.service; rm -f /dev/nvidia*", "device_nodes"),
        ("docker volume rm $(docker volume ls -q | grep nvidia_driver)", "driver_volume"),
        pytest.param(
            "rm $(docker volume inspect -f '{{.Mountpoint}}' $(docker volume ls -q))/lib64/libcuda.so.*.*",
            "driver_volume",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            "modprobe -r nvidia_uvm nvidia_drm nvidia_modeset nvidia", "driver_loaded", marks=pytest.mark.slow
        ),
    ],
    ids=["docker", "device_nodes", "driver_volume", "a file of the volume", "loading"],
)
def test_what_is_taken_away_is_named_and_put_back(provisioned: Callable[..., Host], take_away: str, check: str) -> None:
    one = provisioned()
    one.run(take_away)
    assert red(one) == [check]
    done = fab(one.name, "provision", "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no reboot" in done.stdout


def test_a_module_of_another_version_than_the_library_is_named(provisioned: Callable[..., Host]) -> None:
    one = provisioned()
    one.run("echo 525.0.1 >/sys/module/nvidia/version")
    assert red(one) == ["driver_mismatch"]


def test_on_a_var_lib_of_its_own_the_volume_holds_copies(provisioned: Callable[..., Host]) -> None:
    one = provisioned("debian12", "var_lib_partition")
    said = fab(one.name, "doctor", "-v").stdout
    assert "var_lib_partition" in said
    assert "copies fill the volume" in said
    assert "driver_volume" not in red(one)
