"""Faults of the kubelet's gates and of its node's label, on hosts whose profile asks for them."""

from __future__ import annotations

from checks.profiles.profile import having
from tests.alter import Alter, append, edit
from tests.faultbench.fault import Fault
from tests.faultbench.kubernetes import NODE, OLD_NODE, down, gate, summed
from tests.hosts import DEBIAN

ON = having(DEBIAN, {"kubelet": {"accelerators": True}})
OFF = having(DEBIAN, {"kubelet": {"accelerators": False}})
PLUGIN = having(DEBIAN, {"kubelet": {"device_plugins": True}})
LABELS = having(DEBIAN, {"kubelet": {"labels": True}})
_LABEL = "alpha.kubernetes.io/nvidia-gpu-name=NVIDIA-A100-80GB-PCIe"


def flags(new: str, *, running: str = "") -> tuple[Alter, ...]:
    """The old node with these gates in its unit, and with these in its running kubelet."""
    unit = edit("kubelet", r"^\|   --feature-gates=.*", f"|   --feature-gates={new}")
    return (unit, edit("kubelet", r"^arg --feature-gates=.*", f"arg --feature-gates={running or new}"), summed)


FAULTS = (
    Fault(
        "a unit was written anew without the gate",
        "Kubernetes 1.8 documentation, Schedule GPUs",
        "kubelet_gates",
        flags("PodPriority=true"),
        says="the feature gate Accelerators is to be true",
        base=OLD_NODE,
        profile=ON,
    ),
    Fault(
        "the gate is set twice, and differs",
        "kubernetes/kubernetes pkg/kubelet: the last value of a gate counts",
        "kubelet_gates",
        flags("Accelerators=true,PodPriority=true,Accelerators=false"),
        says="Accelerators=false",
        base=OLD_NODE,
        profile=ON,
    ),
    Fault(
        "the gate of the device plugin is on beside the one that the profile asks for",
        "NVIDIA/k8s-device-plugin v1.9, README",
        "kubelet_gates",
        flags("Accelerators=true,DevicePlugins=true"),
        says="the feature gate DevicePlugins is to be false",
        base=OLD_NODE,
        profile=ON,
    ),
    Fault(
        "the gate stayed where the profile no longer wants it",
        "NVIDIA/k8s-device-plugin v1.9, README",
        "kubelet_gates",
        (),
        says="the feature gate Accelerators is not to be set",
        base=OLD_NODE,
        profile=OFF,
    ),
    Fault(
        "the profile asks for the device plugin, and the gate of the old way stayed",
        "NVIDIA/k8s-device-plugin v1.9, README",
        "kubelet_gates",
        flags("Accelerators=true"),
        says="the feature gate Accelerators is not to be set",
        base=OLD_NODE,
        profile=PLUGIN,
    ),
    Fault(
        "the device plugin's gate is not set where it is not on by itself",
        "kubernetes/website feature-gates/DevicePlugins.md: alpha, off, in 1.8 and 1.9",
        "kubelet_gates",
        (edit("kubelet", r"v1\.10\.13", "v1.9.11"), *flags("PodPriority=true")),
        says="the feature gate DevicePlugins is to be true",
        base=OLD_NODE,
        profile=PLUGIN,
    ),
    Fault(
        "the device plugin is asked for on a kubelet that came before it",
        "kubernetes/website feature-gates/DevicePlugins.md",
        "kubelet_gates",
        (edit("kubelet", r"v1\.10\.13", "v1.7.16"),),
        says="takes no device plugins, which came with 1.8",
        base=OLD_NODE,
        profile=PLUGIN,
    ),
    Fault(
        "DevicePlugins is off where it is locked",
        "kubernetes v1.26 pkg/features/kube_features.go: LockToDefault",
        "kubelet_gates",
        (*gate("DevicePlugins: false", "v1.26.15"), *down()),
        says="is told to leave DevicePlugins off",
        base=NODE,
    ),
    Fault(
        "the unit has the gate, the running kubelet does not",
        "systemd.service(5): a unit's new flags count from its next start",
        "kubelet_gates",
        flags("Accelerators=true", running="PodPriority=true"),
        says="has not been restarted since",
        base=OLD_NODE,
        profile=ON,
    ),
    Fault(
        "the profile of 2017 on a kubelet that has dropped the gate",
        "kubernetes/kubernetes issue 61498",
        "kubelet_gates",
        (),
        says="use NVIDIA's device plugin",
        base=NODE,
        profile=ON,
    ),
    Fault(
        "the gate is asked for, and the kubelet asks containerd",
        "kubernetes/kubernetes v1.10 pkg/kubelet/kubelet.go: supported with docker runtime only",
        "kubelet_gates",
        (
            edit("kubelet", r"v1\.30\.4", "v1.10.13"),
            edit("kubelet", r"^healthz ok", "healthz ok\narg --container-runtime=remote"),
        ),
        says="works with docker alone",
        base=NODE,
        profile=ON,
    ),
    Fault(
        "the node has no label of its GPUs",
        "Kubernetes 1.8 documentation, Schedule GPUs",
        "gpu_label",
        (),
        says=f"the kubelet does not label its node: {_LABEL}",
        base=OLD_NODE,
        profile=LABELS,
    ),
    Fault(
        "the kubelet's label came too late for a node that was registered already",
        "kubernetes/kubernetes v1.10 kubelet_node_status.go: labels are set at registration",
        "gpu_label",
        (
            edit("kubelet", r"^\|   --cgroup-driver", f"|   --node-labels={_LABEL} \\\\\\\\\n|   --cgroup-driver"),
            summed,
        ),
        says=f"kubectl label node $(hostname) {_LABEL}",
        verdict="warn",
        base=OLD_NODE,
        profile=LABELS,
    ),
    Fault(
        "the label names another model than the host has now",
        "Kubernetes 1.8 documentation, Schedule GPUs",
        "gpu_label",
        (append("kubelet", "label alpha.kubernetes.io/nvidia-gpu-name Tesla-K80\n"),),
        says="alpha.kubernetes.io/nvidia-gpu-name: Tesla-K80",
        verdict="warn",
        base=NODE,
        profile=LABELS,
    ),
)
