"""A framework in a pod: the manifest that its cluster accepts, and what becomes of what kubectl says of it.

kubectl is stood in for by a function; its answers have the fields of the API reference, Pod v1, PodStatus.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from checks.facts.framework_programs import PROGRAMS
from provision import pod_test
from provision.errors import StepFailed, Usage
from provision.manifest import Asked, manifest
from tests.facts.test_framework import printed
from tests.hosts import DEBIAN
from tests.kubelet.test_manifest import node, validate, wanting


def wished(framework: str = "tensorflow", **flags: str) -> Asked:
    return pod_test.tested(wanting(share=False, **flags), framework, "GPU01.example")


@pytest.mark.parametrize("minor", [7, 10, 25, 30])
@pytest.mark.parametrize("framework", PROGRAMS)
def test_its_manifest_is_accepted_runs_the_program_on_this_host_and_asks_for_one_gpu(
    minor: int, framework: str
) -> None:
    found = yaml.safe_load(manifest(node(minor), wished(framework)))
    validate(found, minor)
    spec = found["spec"]
    assert found["metadata"]["name"] == f"gpuwright-test-{framework}"
    assert spec["nodeSelector"] == {"kubernetes.io/hostname": "gpu01.example"}
    assert spec.get("hostIPC", False) == (framework == "pytorch")
    (container,) = spec["containers"]
    assert list(container["resources"]["limits"].values()) == [1]
    assert PROGRAMS[framework].replace("'", "'\"'\"'") in container["command"][2]


def test_the_command_of_the_pod_runs_the_program(tmp_path: Path) -> None:
    """With a torch.py that is none: the quoting is what is tried."""
    (tmp_path / "python").symlink_to(sys.executable)
    (tmp_path / "torch.py").write_text("__version__ = 'none'\n")
    command = yaml.safe_load(manifest(node(30), wished("pytorch")))["spec"]["containers"][0]["command"]
    env = {"PATH": f"{tmp_path}:/bin", "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.stdout == "gpuwright version none\ngpuwright hello Hello, PyTorch!\n"
    assert "AttributeError" in done.stderr


@pytest.mark.parametrize(
    ("framework", "flags", "words"),
    [
        ("", {}, "--test (nothing): wants one of tensorflow, pytorch"),
        ("jax", {}, "--test jax"),
        ("pytorch", {"cmd": "true"}, "leave --kind, --cmd and --share out"),
        ("pytorch", {"kind": "rc"}, "leave --kind, --cmd and --share out"),
    ],
)
def test_what_makes_no_sense_is_said(framework: str, flags: dict[str, str], words: str) -> None:
    with pytest.raises(Usage) as caught:
        wished(framework, **flags)
    assert words in str(caught.value)


class Cluster:
    """Answers as kubectl does, one pod after the other; keeps what it was asked."""

    def __init__(self, pods: Sequence[dict[str, Any]], log: str = "", refuses: str = "") -> None:
        self.pods, self.log, self.refuses = list(pods), log, refuses
        self.asked: list[str] = []

    def __call__(self, *arguments: str) -> str:
        self.asked.append(" ".join(arguments))
        if arguments[0] == self.refuses:
            raise StepFailed("kubectl get: Error from server (Forbidden)")
        if arguments[0] == "get":
            return json.dumps({"status": self.pods.pop(0) if len(self.pods) > 1 else self.pods[0]})
        return self.log if arguments[0] == "logs" else ""


def ended(status: int) -> dict[str, Any]:
    terminated = {"state": {"terminated": {"exitCode": status}}}
    return {"phase": "Failed" if status else "Succeeded", "containerStatuses": [terminated]}


def waiting(reason: str, message: str) -> dict[str, Any]:
    state = {"state": {"waiting": {"reason": reason, "message": message}}}
    return {"phase": "Pending", "containerStatuses": [state]}


UNSCHEDULABLE = {
    "phase": "Pending",
    "conditions": [
        {"type": "PodScheduled", "reason": "Unschedulable", "message": "0/3 nodes: Insufficient nvidia.com/gpu."}
    ],
}


@pytest.mark.parametrize(
    ("pods", "log", "verdict", "words"),
    [
        ([{"phase": "Pending"}, {"phase": "Running"}, ended(0)], "tensorflow-1.4.0-gpu", "ok", "through a pod"),
        ([ended(0)], "tensorflow-2.21.0-without-gpu", "fail", "the product was placed on the CPU, through a pod"),
        ([ended(1)], "tensorflow-1.4.0-no-library", "fail", "libcuda.so.1: cannot open shared object file"),
        ([waiting("ImagePullBackOff", "Back-off pulling image")], "", "fail", "ImagePullBackOff: Back-off pulling"),
        ([UNSCHEDULABLE], "", "fail", "Unschedulable: 0/3 nodes: Insufficient nvidia.com/gpu."),
        ([UNSCHEDULABLE, ended(0)], "tensorflow-1.4.0-gpu", "ok", "through a pod"),
        ([{"phase": "Running"}], "tensorflow-1.4.0-no-device", "fail", "did not end in time"),
        ([{"phase": "Failed", "message": "Pod was evicted"}], "", "fail", "Pod was evicted"),
    ],
)
def test_what_becomes_of_the_pod(pods: list[dict[str, Any]], log: str, verdict: str, words: str) -> None:
    cluster = Cluster(pods, printed(log) if log else "")
    what = wished()
    reading = pod_test.run(what, "tensorflow", cluster, lambda _: None, 60)
    (one,) = pod_test.findings(node(30), DEBIAN, reading)
    assert one.verdict == verdict
    assert words in f"{one.summary}\n{one.evidence}"
    assert cluster.asked[-1] == "delete pod gpuwright-test-tensorflow --wait=false"


def test_an_error_half_way_still_deletes_it() -> None:
    cluster = Cluster([ended(0)], refuses="get")
    with pytest.raises(StepFailed, match="Forbidden"):
        pod_test.run(wished(), "tensorflow", cluster, lambda _: None)
    assert cluster.asked[-1] == "delete pod gpuwright-test-tensorflow --wait=false"
