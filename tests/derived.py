"""Hosts derived from the healthy recorded one: each has the few lines changed that its name says."""

from __future__ import annotations

from checks.facts.reading import NOT_ASKED
from tests.alter import Alter, append, edit, put
from tests.topics import CRI, KUBELET, NVIDIA_DOCKER, OLD_KUBELET, shown

_GATE = "KUBELET_EXTRA_ARGS=--feature-gates=Accelerators=true,NodeSwap=false --v=2\n"

_NOT_LOADED = (
    put("modules", ""),
    put("nodes", ""),
    put("smi", "reason the driver is not loaded\n", NOT_ASKED),
)


def _marked(*marks: str) -> tuple[Alter, ...]:
    return (append("platform", "".join(f"mark {mark}\n" for mark in marks)),)


def _in_container(*names: str) -> tuple[Alter, ...]:
    return (put("platform", "".join(f"container {name}\n" for name in names)),)


def _os(**values: str) -> tuple[Alter, ...]:
    return (put("os", "".join(f'{key}="{value}"\n' for key, value in values.items())),)


REFUSED: dict[str, tuple[Alter, ...]] = {
    "dgx": (*_marked("/etc/dgx-release"), append("platform", 'dgx "NVIDIA DGX Server"\n')),
    "jetson": _marked("/etc/nv_tegra_release"),
    "gke": _marked("/home/kubernetes/bin"),
    "eks": _marked("/etc/eks"),
    "aks": _marked("/opt/azure/containers"),
    "ostree": _marked("/run/ostree-booted"),
    "nixos": (*_marked("/etc/NIXOS"), *_os(ID="nixos", VERSION_ID="25.11", PRETTY_NAME="NixOS 25.11 (Xantusia)")),
    "cos": _os(ID="cos", VERSION_ID="121", PRETTY_NAME="Container-Optimized OS from Google"),
    "flatcar": _os(ID="flatcar", ID_LIKE="coreos", VERSION_ID="4152.2.3", PRETTY_NAME="Flatcar Container Linux"),
    "bottlerocket": _os(ID="bottlerocket", VERSION_ID="1.32.0", PRETTY_NAME="Bottlerocket OS 1.32.0"),
    "talos": _os(ID="talos", VERSION_ID="v1.9.1", PRETTY_NAME="Talos (v1.9.1)"),
    "void": _os(ID="void", PRETTY_NAME="Void Linux"),
    "buster": _os(ID="debian", VERSION_ID="10", VERSION_CODENAME="buster", PRETTY_NAME="Debian GNU/Linux 10"),
    "riscv": (edit("host", r"^machine .*$", "machine riscv64"),),
    "docker": (*_in_container("docker"), *_marked("/.dockerenv")),
    "podman": (*_in_container("podman"), *_marked("/run/.containerenv")),
    "lxc": _in_container("lxc", "lxc", "lxc"),
    "nspawn": _in_container("systemd-nspawn", "systemd-nspawn"),
    "pod": (*_in_container("none"), *_marked("/var/run/secrets/kubernetes.io/serviceaccount")),
    "wsl": _in_container("wsl", "wsl"),
    "operator": _marked("/run/nvidia/driver/usr", "/run/nvidia/validations/.driver-ctr-ready"),
    "vfio": (edit("pci", r"nvidia$", "vfio-pci"),),
    "vgpu-host": (
        append("platform", "vgpu host /sys/bus/pci/devices/0000:3b:00.0/mdev_supported_types\n"),
        *_marked("/usr/bin/nvidia-vgpu-mgr"),
    ),
    "vgpu-guest": (
        append("platform", "vgpu guest 0000:3b:00.0 has the vendor capability VF\n"),
        append("platform", "vgpu guest model GRID A100-20C\n"),
    ),
    "grid-client": _marked("/usr/bin/nvidia-gridd"),
    "readonly": (append("platform", "readonly /\nreadonly /etc\nreadonly /usr\n"),),
}
"""Hosts that provisioning must not touch."""

DERIVED: dict[str, tuple[Alter, ...]] = {
    "healthy-with-kubernetes": (put("cri", CRI), put("kubelet", KUBELET)),
    "healthy-with-kubernetes-1.10": (put("kubelet", OLD_KUBELET),),
    "healthy-with-nvidia-docker-1": (put("nvidia_docker", NVIDIA_DOCKER),),
    "fails-kubelet_gates": (
        put("cri", CRI),
        put("kubelet", KUBELET + shown({"/etc/default/kubelet": _GATE}) + "healthz curl: (7) Failed to connect\n"),
        edit("kubelet", r"^unit ActiveState=.*", "unit ActiveState=activating"),
        edit("kubelet", r"^(arg|capacity|allocatable|pod|asked|healthz ok).*\n", ""),
    ),
    "fails-packages_configured": (edit("packages", r"^ii docker\.io ", "iF docker.io "),),
    "fails-gpu_on_bus": (put("pci", ""), *_NOT_LOADED),
    "fails-docker_config": (),
    "fails-gpu_count": (),
    "fails-gpu_supported": (edit("pci", r"0x20b5", "0x2901"),),
    "fails-kernel_headers": (edit("kernel", r"^headers .*\n", ""), edit("driver", r"^built .*\n", "")),
    "fails-nouveau": (
        edit("pci", r"nvidia$", "nouveau"),
        *_NOT_LOADED,
        put("modules", "nouveau - 0 ,\n"),
    ),
    "fails-driver_built": (edit("driver", r"^built .*\n", ""),),
    "fails-driver_loaded": (edit("pci", r"nvidia$", "none"), *_NOT_LOADED),
    "fails-driver_mismatch": (edit("driver", r"^library .*$", "library /usr/lib/libnvidia-ml.so.535.288.01"),),
    "fails-gpu_bound": (edit("pci", r"nvidia$", "none"), put("smi", "No devices were found\n", 6)),
    "fails-device_nodes": (
        put("nodes", ""),
        put("smi", "reason it would make /dev/nvidia0\n", NOT_ASKED),
    ),
    "fails-nvidia_smi": (
        put("smi", "Unable to determine the device handle for GPU 0000:3B:00.0: Unknown Error\n", 255),
    ),
    "fails-docker_running": (
        edit("docker", r"^state active\n(.*\n)*", "state inactive\n"),
        edit("volume", r"^asked\n(.*\n)*", ""),
    ),
    "fails-var_lib_partition": (
        edit("disk", r"^/var/lib/docker .*$", "/var/lib/docker 1794 /dev/sdb1 100000 90000 10000 90% /var/lib/docker"),
        edit("volume", r"^volume .*\n(.*\n)*", ""),
    ),
    "fails-driver_volume": (edit("volume", r"^volume .*\n(.*\n)*", ""),),
    "fails-container_gpu": (put("container", "Failed to initialize NVML: Unknown Error\n", 1),),
    # States on the way, and after an interruption.
    "half-driver-without-docker": (
        edit("packages", r"^ii docker\.io .*\n", ""),
        edit("docker", r"(.*\n)+", "state inactive\n"),
        edit("volume", r"^asked\n(.*\n)*", ""),
    ),
    "half-next-kernel-without-module": (
        edit("kernel", r"^(image \d+) (.*)$", r"\1 \2\nimage 1795400000 6.1.0-99-amd64"),
    ),
    "half-interrupted-driver": (
        edit("packages", r"^ii (nvidia-kernel-dkms|nvidia-smi) ", r"iU \1 "),
        edit("driver", r"^(built|library) .*\n", ""),
        edit("pci", r"nvidia$", "nouveau"),
        *_NOT_LOADED,
        put("modules", "nouveau - 0 ,\n"),
    ),
    "half-blacklist-not-in-initramfs": (edit("nouveau", r"^\d+ ", "1900000000 "),),
    "restored-from-an-image": (edit("kernel", r"^image \d+ ", "image 1500000000 "),),
    "stuck-nvidia-smi": (put("smi", "pid 4711\n", None),),
    "stuck-earlier-nvidia-smi": (put("smi", "stuck 4711\n", NOT_ASKED),),
}
