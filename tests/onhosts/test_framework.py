"""The test of a framework with a real TensorFlow, in a real docker, on a host whose GPU only seems to be there.

The lab's card computes nothing and this TensorFlow is built for CPUs: everything before the product works, nvidia-smi
in the container included. So the test must fail, and say that the product was placed on the CPU.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.onhosts import tensorflow_image
from tests.onhosts.fab import fab

if TYPE_CHECKING:
    from collections.abc import Callable

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
