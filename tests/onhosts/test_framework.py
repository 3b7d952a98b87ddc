"""The test of a framework with a real TensorFlow, in a real docker, on a host whose GPU only seems to be there.

The lab's card computes nothing and this TensorFlow is built for CPUs: everything before the product works, nvidia-smi
in the container included. So the test must fail, and say that the product was placed on the CPU.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from checks.facts import Facts, gather, tried
from provision.remote.access import Access
from tests.onhosts import tensorflow_image
from tests.onhosts.fab import fab
from tests.onhosts.test_docker_config import made

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lab.core import Lab
    from tests.lab.host import Host

pytestmark = [pytest.mark.lab, pytest.mark.slow]


def test_a_real_tensorflow_without_a_gpu_does_not_pass(provisioned: Callable[..., Host]) -> None:
    one = provisioned()
    asked = ("doctor", "--only", "framework,container_gpu", "--framework", "tensorflow", "--format", "json", "--image")
    absent = fab(one.name, *asked, "no/such:1")
    assert absent.returncode == 2, absent.stdout + absent.stderr
    assert "the image no/such:1 is not on this host: docker pull no/such:1" in absent.stdout
    image = tensorflow_image.build(one)
    done = fab(one.name, *asked, image, "--container")
    assert done.returncode == 1, done.stdout + done.stderr
    found = {each["check"]: each for each in json.loads(done.stdout)["findings"]}
    assert found["container_gpu"]["verdict"] == "ok"
    assert found["nvidia_smi"]["verdict"] == "ok"
    said = found["framework"]
    assert (said["verdict"], said["subject"]) == ("fail", "docker")
    assert said["summary"] == "the product was placed on the CPU, through docker's plain flags"
    assert "product: (MatMul): /job:localhost/replica:0/task:0/device:CPU:0" in said["evidence"]
    assert "Device mapping: no known devices." in said["evidence"]
    assert one.run("docker ps -aq; ls -d /dev/shm/gpuwright.*", check=False).stdout == ""


PYTHON = """#!/bin/sh
echo "gpuwright version 0"
[ -c /dev/nvidia0 ] && echo "gpuwright device cuda:0"
echo "gpuwright hello $NVIDIA_VISIBLE_DEVICES $(df -k /dev/shm | tail -n 1 | cut -d' ' -f1)"
"""
SPEC = """
cdiVersion: 0.5.0
kind: nvidia.com/gpu
devices:
  - name: all
    containerEdits: {deviceNodes: [{path: /dev/nvidia0}]}
"""
HOST = f"""
set -e
mkdir -p /etc/cdi /etc/docker /tmp/p/bin
cat >/etc/cdi/nvidia.yaml <<'END'
{SPEC}END
echo '{{"features": {{"cdi": true}}, "runtimes": {{"nvidia": {{"path": "/usr/sbin/runc"}}}}}}' >/etc/docker/daemon.json
mknod -m 666 /dev/nvidia0 c 1 3
cat >/tmp/p/bin/python <<'END'
{PYTHON}END
chmod 755 /tmp/p/bin/python
cp -L /usr/lib/gpuwright-lab/busybox /tmp/p/bin
for name in sh df tail cut; do ln -s busybox /tmp/p/bin/$name; done
tar -C /tmp/p -c . | docker import - an/image:1
systemctl restart docker
"""


def test_docker_takes_the_flags_of_the_runtime_and_of_cdi(lab: Lab) -> None:
    """A real docker that knows CDI; the runtime is runc under another name, and python a script that looks round."""
    one = made(lab, "debian13")
    try:
        one.run(HOST)
        remote = Access(config=str(one.home.path / "ssh_config")).host(one.name, user="ops")
        found = Facts(gather(remote, tried("pytorch", "an/image:1"), 100)).framework
        said = dict(found.ways)
        assert set(said) == {"runtime", "cdi"}, found
        assert [ran.status for ran in said.values()] == [0, 0], found
        assert said["runtime"].hello.startswith("all ")
        assert (said["runtime"].device, said["cdi"].device) == ("", "gpu:0")
        assert one.run("docker ps -aq").stdout == ""
    finally:
        lab.down([one.name])
