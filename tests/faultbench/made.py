"""The faults that are made for real, by stage."""

from __future__ import annotations

from tests.faultbench.real import RealFault

_NEXT = "6.1.0-99-amd64"

HOST = (
    RealFault(
        "a package left unpacked",
        "dpkg(1): --unpack, as after a power cut",
        "package broken true; dpkg --unpack /tmp/made.deb",
        "packages_configured",
        says="broken",
    ),
    RealFault(
        "a package whose configuration fails",
        "NVIDIA/nvidia-container-toolkit issue 361",
        "package broken 'exit 10'; dpkg -i /tmp/made.deb || true",
        "packages_configured",
        says="broken",
    ),
)

BUS = (
    RealFault("no card in the host", "lspci shows none", "", "gpu_on_bus", gpus="none"),
    RealFault("a card newer than the driver", "CUDA driver matrix", "", "gpu_supported", says="570", gpus="b200:1"),
    RealFault("a card older than the driver", "CUDA driver matrix", "", "gpu_supported", says="470", gpus="k80:1"),
    RealFault(
        "one of two cards is gone",
        "NVIDIA/NVSentinel issue 684",
        "",
        "gpu_count",
        says="1 of 2",
        gpus="a100:2",
        faults=("gpu_missing",),
        arguments=("--profile", "tests/faultbench/two-gpus.toml"),
    ),
)

DRIVER = (
    RealFault(
        "headers removed",
        "NVIDIA/ansible-role-nvidia-driver issue 18",
        "rm -rf /lib/modules/*/build",
        "kernel_headers",
        verdict="warn",
    ),
    RealFault(
        "no module for the next kernel",
        "GoogleCloudPlatform/compute-gpu-installation issue 35",
        f"touch /boot/vmlinuz-{_NEXT}; mkdir -p /lib/modules/{_NEXT}/build; touch /lib/modules/{_NEXT}/build/Makefile",
        "driver_built",
        says=_NEXT,
        verdict="warn",
    ),
    RealFault(
        "the module's files are gone",
        "dkms remove",
        "rm -rf /lib/modules/*/updates/dkms; depmod -a",
        "driver_built",
    ),
    RealFault(
        "the driver's library is gone",
        "nvidia-smi status 12",
        "rm -f /lib/x86_64-linux-gnu/libnvidia-ml.so.1; ldconfig",
        "driver_built",
        says="no driver library",
    ),
    RealFault(
        "the module was unloaded",
        "rmmod",
        "modprobe -r nvidia_uvm nvidia_drm nvidia_modeset nvidia",
        "driver_loaded",
    ),
    RealFault(
        "nouveau has the card again after a reboot",
        "NVRM: The NVIDIA probe routine was not called",
        "rm /etc/modprobe.d/nvidia-blacklists-nouveau.conf; update-initramfs -u",
        "nouveau",
        reboot=True,
    ),
    RealFault(
        "another module than the library",
        "NVIDIA/ubuntu-packaging-nvidia-driver issue 3",
        "echo 525.0.1 >/sys/module/nvidia/version",
        "driver_mismatch",
        says="525.0.1",
    ),
    RealFault("no device nodes", "NVIDIA/nvidia-docker issue 526", "rm -f /dev/nvidia*", "device_nodes"),
    RealFault(
        "no node of nvidia-uvm",
        "NVIDIA/nvidia-docker issue 139: lstat /dev/nvidia-uvm",
        "rm -f /dev/nvidia-uvm",
        "device_nodes",
        says="/dev/nvidia-uvm",
    ),
)

CONTAINER = (
    RealFault("docker stopped", "systemctl", "systemctl stop docker.socket docker.service", "docker_running"),
    RealFault(
        "docker's configuration is no JSON",
        "NVIDIA/nvidia-docker issue 490",
        "echo '{\"debug\": true,}' >/etc/docker/daemon.json; systemctl restart docker || true",
        "docker_running",
        says="daemon.json",
    ),
    RealFault(
        "the driver volume was removed",
        "NVIDIA/nvidia-docker issue 307",
        "docker volume rm $(docker volume ls -q)",
        "driver_volume",
    ),
    RealFault(
        "the driver volume is half filled",
        "nvidia-docker 1.0.1 accepts a stale directory",
        "rm $(docker volume inspect -f '{{.Mountpoint}}' $(docker volume ls -q))/lib64/libcuda.so.*.*",
        "driver_volume",
        says="libcuda",
    ),
)

FAULTS: tuple[RealFault, ...] = (*HOST, *BUS, *DRIVER, *CONTAINER)
