"""Faults of the kubelet and of the GPUs that it offers."""

from __future__ import annotations

from checks.facts.reading import Reading
from checks.facts.shown import take
from tests.alter import Alter, append, edit, put
from tests.faultbench.fault import Fault
from tests.faultbench.mig import devices, enabled
from tests.faultbench.twin import twin
from tests.topics import CRI, shown

NODE, OLD_NODE = "healthy-with-kubernetes", "healthy-with-kubernetes-1.10"


def down(*journal: str, state: str = "activating", sub: str = "auto-restart") -> tuple[Alter, ...]:
    """The kubelet has ended, with these last words."""
    lines = "".join(f"\njournal {line}" for line in journal)
    return (
        edit("kubelet", r"^unit ActiveState=.*\nunit SubState=.*", f"unit ActiveState={state}\nunit SubState={sub}"),
        edit("kubelet", r"^healthz ok", f"healthz curl: (7) Failed to connect to 127.0.0.1 port 10248{lines}"),
        edit("kubelet", r"^arg .*\n", ""),
        edit("kubelet", r"^(capacity|allocatable|pod|asked).*\n", ""),
    )


def summed(readings: dict[str, Reading]) -> None:
    """The checksums of the kubelet's files, anew after they were altered."""
    old = readings["kubelet"]
    texts, rest = take(old.text.splitlines())
    lines = [line for line in rest if not line.startswith("sum ")]
    readings["kubelet"] = Reading(old.status, "".join(f"{line}\n" for line in lines) + shown(texts))


def gate(text: str, version: str = "") -> tuple[Alter, ...]:
    """A feature gate in the configuration file, of a kubelet of this version."""
    set_it = edit("kubelet", r"^\| kind: .*", f"| featureGates:\n|   {text}\n| kind: KubeletConfiguration")
    return (set_it, summed, *([edit("kubelet", r"v1\.30\.4", version)] if version else []))


def unregistered(*log: str) -> tuple[Alter, ...]:
    """No device plugin, and its log."""
    lines = "".join(f"log {line}\n" for line in log)
    return (
        edit("kubelet", r"^plugin nvidia-gpu.sock\n", ""),
        edit("kubelet", r'"nvidia.com/gpu":\["GPU-0"\]', ""),
        edit("kubelet", r"^(log|capacity|allocatable|pod).*\n", ""),
        append("kubelet", lines),
    )


FAULTS = (
    Fault(
        "the gate Accelerators on a kubelet that has dropped it",
        "Azure/acs-engine issue 2790",
        "kubelet_gates",
        (
            *gate("Accelerators: true"),
            *down('E1122 run.go:74] "command failed" err="unrecognized feature gate: Accelerators"'),
        ),
        says="/var/lib/kubelet/config.yaml: Accelerators=true; known in 1.6 to 1.10",
        base=NODE,
    ),
    Fault(
        "the gate Accelerators in an environment file",
        "kubernetes/kubernetes issue 61498",
        "kubelet_gates",
        (
            *down("F0427 server.go:164] unrecognized key: Accelerators"),
            append(
                "kubelet",
                'file /etc/default/kubelet\n| KUBELET_EXTRA_ARGS="--feature-gates=Accelerators=true --v=2"\n',
            ),
            summed,
        ),
        says="/etc/default/kubelet: Accelerators=true",
        base=NODE,
    ),
    Fault(
        "the gate DevicePlugins on a kubelet that has finished it",
        "kubernetes/website feature-gates/DevicePlugins.md",
        "kubelet_gates",
        (*gate("DevicePlugins: true"), *down()),
        says="does not know the feature gate DevicePlugins",
        base=NODE,
    ),
    Fault(
        "both gates on in 1.9",
        "NVIDIA/k8s-device-plugin v1.9, README",
        "kubelet_gates",
        (
            edit("kubelet", r"v1\.10\.13", "v1.9.11"),
            edit("kubelet", r"Accelerators=true", "Accelerators=true,DevicePlugins=true"),
            summed,
        ),
        verdict="warn",
        says="Accelerators and DevicePlugins are both on",
        base=OLD_NODE,
    ),
    Fault(
        "swap is on",
        "kubernetes documentation, kubeadm: before you begin",
        "kubelet_swap",
        (append("kubelet", "swap /swapfile\n"), *down("failed to run Kubelet: running with swap on is not supported")),
        says="/proc/swaps: /swapfile",
        base=NODE,
    ),
    Fault(
        "swap was switched on under a running kubelet",
        "kubernetes documentation, kubeadm: before you begin",
        "kubelet_swap",
        (append("kubelet", "swap /dev/sda2\n"),),
        verdict="warn",
        says="/dev/sda2",
        base=NODE,
    ),
    Fault(
        "containerd is down under kubelet",
        "kubernetes/node-problem-detector health-checker",
        "kubelet_runtime",
        (edit("kubelet", r"^socket .*\n", ""), *down("validate service connection: no such file or directory")),
        says="/run/containerd/containerd.sock is not there",
        base=NODE,
    ),
    Fault(
        "dockershim on a kubelet that has dropped it",
        "kubernetes 1.24 release notes",
        "kubelet_runtime",
        (edit("kubelet", r"/var/run/containerd/containerd.sock", "/var/run/dockershim.sock"),),
        says="gone since 1.24",
        base=NODE,
    ),
    Fault(
        "docker's package of containerd disables the Kubernetes plugin",
        "containerd/containerd issue 4581",
        "kubelet_runtime",
        (
            put(
                "cri",
                'file /etc/containerd/config.toml\n| disabled_plugins = ["cri"]\ncontainerd 1.7.24\nup containerd\n',
            ),
            *down("unknown service runtime.v1.RuntimeService"),
        ),
        says='take "cri" out of disabled_plugins',
        base=NODE,
    ),
    Fault(
        "kubelet and docker make control groups differently",
        "kubernetes/kubernetes issue 43805",
        "kubelet_cgroups",
        (
            edit("kubelet", r"^arg --cgroup-driver=systemd", "arg --cgroup-driver=cgroupfs"),
            edit("kubelet", r"^unit ActiveState=active", "unit ActiveState=activating"),
        ),
        says="by cgroupfs, its container runtime by systemd",
        base=OLD_NODE,
    ),
    Fault(
        "kubelet uses systemd, containerd's runc does not",
        "kubernetes documentation, Container runtimes",
        "kubelet_cgroups",
        (edit("cri", r"SystemdCgroup = true", "SystemdCgroup = false"),),
        verdict="warn",
        says="its container runtime by cgroupfs",
        base=NODE,
    ),
    Fault(
        "kubelet ends for a reason of its own",
        "kubernetes/node-problem-detector health-checker-kubelet.json",
        "kubelet_running",
        down('E1122 run.go:74] "command failed" err="failed to load Kubelet config file: no such file or directory"'),
        says="failed to load Kubelet config file",
        base=NODE,
    ),
    Fault(
        "kubelet was stopped",
        "kubernetes/node-problem-detector health-checker-kubelet.json",
        "kubelet_running",
        down(state="inactive", sub="dead"),
        says="systemctl start kubelet",
        base=NODE,
    ),
    Fault(
        "kubelet hangs",
        "kubernetes/node-problem-detector health-checker-kubelet.json",
        "kubelet_running",
        (edit("kubelet", r"^healthz ok", "healthz curl: (28) Operation timed out after 3001 milliseconds"),),
        says="is not healthy",
        base=NODE,
    ),
    Fault(
        "containerd has no NVIDIA runtime",
        "NVIDIA/k8s-device-plugin issue 478",
        "gpu_runtime",
        (
            put(
                "cri",
                CRI[: CRI.index('| [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.nvidia]')]
                + "containerd 1.7.24\n",
            ),
            *unregistered("E1122 factory.go:112] Incompatible platform detected"),
        ),
        says="containerd has no NVIDIA runtime",
        base=NODE,
    ),
    Fault(
        "docker's default runtime is not nvidia under a kubelet",
        "NVIDIA/k8s-device-plugin issue 655",
        "gpu_runtime",
        (
            edit("kubelet", r"Accelerators=true", "DevicePlugins=true"),
            edit("kubelet", r"^(capacity|allocatable).*\n", ""),
        ),
        says="docker's default runtime is runc",
        base=OLD_NODE,
    ),
    Fault(
        "the cluster has no runtime class, and the device plugin starts under runc",
        "NVIDIA/k8s-device-plugin v0.20.0, README: a RuntimeClass needs to be defined",
        "runtime_class",
        (
            *unregistered("E1122 factory.go:112] Incompatible strategy detected auto"),
            edit("kubelet", r"^class .*\n", ""),
        ),
        says="manifest --kind runtime-class --apply",
        base=NODE,
    ),
    Fault(
        "the runtime class is for another handler than this node's",
        "kubernetes documentation, Runtime Class: the handler names the runtime's own configuration",
        "runtime_class",
        (*unregistered(), edit("kubelet", r"^class nvidia nvidia", "class nvidia nvidia-legacy")),
        says="names the handler nvidia-legacy, which this node does not have",
        base=NODE,
    ),
    Fault(
        "GPUs are offered, and the only runtime class is another engine's",
        "NVIDIA/k8s-device-plugin issue 655",
        "runtime_class",
        (edit("kubelet", r"^class nvidia nvidia", "class kata kata-qemu"),),
        verdict="warn",
        says="kata: kata-qemu",
        base=NODE,
    ),
    Fault(
        "the device plugin is not there",
        "NVIDIA/k8s-device-plugin issue 348",
        "device_plugin",
        unregistered(),
        says="device-plugins: kubelet.sock",
        base=NODE,
    ),
    Fault(
        "the device plugin's pod was not started by the NVIDIA runtime",
        "NVIDIA/k8s-device-plugin issue 655",
        "device_plugin",
        unregistered("E1122 06:00:00.000000       1 factory.go:112] Incompatible strategy detected auto"),
        says="give the plugin runtimeClassName: nvidia",
        base=NODE,
    ),
    Fault(
        "the device plugin cannot load NVML",
        "NVIDIA/k8s-device-plugin issue 478",
        "device_plugin",
        unregistered(
            "E1122 main.go:132] error: could not load NVML library: libnvidia-ml.so.1: cannot open shared object file"
        ),
        says="libnvidia-ml.so.1",
        base=NODE,
    ),
    Fault(
        "the device plugin has marked the GPU unhealthy",
        "NVIDIA/k8s-device-plugin issue 1014",
        "gpu_capacity",
        (
            edit("kubelet", r"^allocatable nvidia.com/gpu 1", "allocatable nvidia.com/gpu 0"),
            append(
                "kubelet",
                "log I1122 health.go:157] XidCriticalError: Xid=48 on Device=GPU-0; marking device as unhealthy.\n",
            ),
        ),
        says="Xid=48",
        base=NODE,
    ),
    Fault(
        "the node offers fewer GPUs than it has",
        "NVIDIA/k8s-device-plugin issue 1220",
        "gpu_capacity",
        twin(),
        says="the node offers 1 of 2 GPUs",
        base=NODE,
    ),
    Fault(
        "the GPU is divided, and the device plugin offers whole ones",
        "NVIDIA/k8s-device-plugin v0.20.0, README: MIG_STRATEGY none",
        "gpu_capacity",
        (enabled(), devices("3g.40gb", "3g.40gb")),
        says="the node offers 1 of 2 GPUs",
        base=NODE,
    ),
    Fault(
        "the device plugin has taken a GPU out that pods share in turns",
        "NVIDIA/k8s-device-plugin issue 1014; README: renameByDefault",
        "gpu_capacity",
        (
            edit("kubelet", r"^capacity nvidia.com/gpu 1", "capacity nvidia.com/gpu.shared 4"),
            edit("kubelet", r"^allocatable nvidia.com/gpu 1", "allocatable nvidia.com/gpu.shared 0"),
            edit("kubelet", r'"nvidia.com/gpu":', '"nvidia.com/gpu.shared":'),
        ),
        says="4 of 4 GPUs are taken out of use",
        base=NODE,
    ),
    Fault(
        "a pod asks for GPUs by the old name",
        "kubernetes/kubernetes issue 57384",
        "old_gpu_resource",
        (append("kubelet", "pod tf-train alpha.kubernetes.io/nvidia-gpu\n"),),
        verdict="warn",
        says="tf-train",
        base=NODE,
    ),
    Fault(
        "a static manifest asks for GPUs by the old name",
        "kubernetes/kubernetes issue 57384",
        "old_gpu_resource",
        (append("kubelet", "manifest /etc/kubernetes/manifests/tf.yaml\n"),),
        verdict="warn",
        says="/etc/kubernetes/manifests/tf.yaml",
        base=NODE,
    ),
)
