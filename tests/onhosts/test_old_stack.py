"""A real host moves on from nvidia-docker 1.x: containers only with their own consent, and all of it taken back.

The host is Debian 12 with what nvidia-docker1 gives one: CentOS 7 and Ubuntu 16.04 are not offered today's packages.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.lab.standin import nvidia_docker
from tests.onhosts import today
from tests.onhosts.fab import fab
from tests.onhosts.test_container_toolkit import profile

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lab.core import Lab
    from tests.lab.host import Host

pytestmark = [pytest.mark.lab, pytest.mark.slow]

KUBELET = Path(__file__).parents[1] / "lab/standin/kubelet/kubelet"
UNIT = """\
[Service]
ExecStart=/usr/local/bin/kubelet --kubeconfig=/etc/kubernetes/kubelet.conf --feature-gates=Accelerators=true
"""
SETTLE = """
base64 -d >/root/nd.deb && dpkg -i /root/nd.deb && systemctl enable --now nvidia-docker
cd / && tar -ch usr/bin/sleep usr/bin/sh lib/x86_64-linux-gnu/libc.so.6 lib64/ld-linux-x86-64.so.2 |
    docker import - tiny:1
docker volume rm $(docker volume ls -q)
volume=nvidia_driver_$(cat /sys/module/nvidia/version)
until docker volume create --driver=nvidia-docker --name=$volume; do sleep 1; done
docker run -d --stop-timeout 1 --name train -v $volume:/usr/local/nvidia:ro -e A='b "c"' tiny:1 \\
    /usr/bin/sh -c 'exec /usr/bin/sleep 1000'
docker exec train /usr/bin/sh -c 'echo model >/model'
"""
MOVING = """\
[driver_volume]
method = "none"
[nvidia_docker]
remove = true
[kubelet]
device_plugins = true
"""
"""What current says of such a host; the toolkit comes from the lab's mirror, and the driver stays Debian's."""
OF_CURRENT = (
    "remove the containers that hold nvidia-docker's volumes: train\n",
    "remove nvidia-docker's volumes: nvidia_driver_",
    "remove nvidia-docker 1.x: its package, unit and files",
    "install NVIDIA's container toolkit",
    "take Accelerators out, in /etc/systemd/system/kubelet.service",
)
"""What profile current plans there."""

STATE = """
docker ps -a --format '{{.Names}} {{.State}}'; docker volume ls --format '{{.Driver}} {{.Name}}'
docker inspect -f '{{json .HostConfig.Binds}} {{json .Config.Env}} {{json .Config.Cmd}}' train 2>/dev/null
ls /usr/bin/nvidia-docker* /etc/docker/plugins/* 2>/dev/null; systemctl is-active nvidia-docker
dpkg-query -W -f '${db:Status-Status} ${Version}\\n' nvidia-docker 2>/dev/null
cat /etc/systemd/system/kubelet.service; systemctl is-active kubelet
"""


def settled(one: Host, folder: Path) -> Host:
    """The host with nvidia-docker 1.0.1, a container of its volume, and a kubelet 1.10 that gives out GPUs."""
    one.run("mkdir -p /etc/kubelet-standin /etc/kubernetes && echo v1.10.13 >/etc/kubelet-standin/version")
    one.run("cat >/usr/local/bin/kubelet && chmod 755 /usr/local/bin/kubelet", text=KUBELET.read_text(encoding="utf-8"))
    one.run("cat >/etc/systemd/system/kubelet.service; : >/etc/kubernetes/kubelet.conf", text=UNIT)
    one.run("systemctl daemon-reload; systemctl start kubelet")
    one.run(SETTLE, text=base64.b64encode(nvidia_docker.deb(folder).read_bytes()).decode())
    return one


def test_a_host_of_2017_moves_on_and_back(lab: Lab, provisioned: Callable[..., Host], tmp_path: Path) -> None:
    one = settled(provisioned("debian12", "mirror"), tmp_path)
    path = profile(lab, tmp_path / "moving.toml", "bookworm", MOVING)
    before = one.run(STATE, check=False).stdout
    planned = fab(one.name, "plan", "--profile", str(today.profile(lab, tmp_path)))
    assert [line for line in OF_CURRENT if line not in planned.stdout] == [], planned.stdout + planned.stderr
    refused = fab(one.name, "provision", "--profile", path, "--yes")
    assert refused.returncode == 79, refused.stdout + refused.stderr
    assert "remove the containers train: --yes-remove-containers" in refused.stderr
    assert one.run(STATE, check=False).stdout == before
    done = fab(one.name, "provision", "--profile", path, "--yes", "--yes-remove-containers")
    after = one.run(STATE, check=False).stdout
    assert "train" not in after, done.stdout + done.stderr
    assert "nvidia-docker " not in after
    assert "Accelerators" not in after
    assert "/usr/bin/nvidia-docker" not in after
    assert one.run("docker info -f '{{.DefaultRuntime}}'").stdout == "nvidia\n"
    offered = fab(one.name, "doctor", "--profile", path, "--only", "device_plugin")
    assert "manifest --kind device-plugin --apply" in offered.stdout, offered.stdout + offered.stderr
    run = one.run("ls /var/lib/gpuwright/runs | tail -n 1").stdout.strip()
    back = fab(one.name, "rollback", "--run", run, "--yes")
    assert back.returncode == 0, back.stdout + back.stderr
    assert one.run(STATE, check=False).stdout == before
    assert one.run("docker exec train /usr/bin/sh -c 'read x </model; echo $x'").stdout == "model\n"
