"""What hosts with more on them than the healthy recorded one print for some topics. All of it is derived.

The kubelet's lines follow Kubernetes' own documents; those of nvidia-docker are as the real 1.0.1 printed them (run and
watched, 2026-11-22), with this host's driver version.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

_V2 = 'plugins."io.containerd.grpc.v1.cri".containerd'

CRI = f"""\
file /etc/containerd/config.toml
| version = 2
| [{_V2}]
| default_runtime_name = "runc"
| [{_V2}.runtimes.runc]
| runtime_type = "io.containerd.runc.v2"
| [{_V2}.runtimes.runc.options]
| SystemdCgroup = true
| [{_V2}.runtimes.nvidia]
| runtime_type = "io.containerd.runc.v2"
| [{_V2}.runtimes.nvidia.options]
| BinaryName = "/usr/bin/nvidia-container-runtime"
| SystemdCgroup = true
containerd 1.7.24
up containerd
"""
"""containerd as `nvidia-ctk runtime configure` leaves a full configuration."""


def shown(files: Mapping[str, str]) -> str:
    """Files as the probe shows them, each with its checksum."""
    lines = [f"file {path}\n" + "".join(f"| {line}\n" for line in text.splitlines()) for path, text in files.items()]
    sums = [f"sum {hashlib.sha256(text.encode()).hexdigest()} {path}\n" for path, text in files.items()]
    return "".join([*lines, *sums])


KUBELET_UNIT = {
    "/usr/lib/systemd/system/kubelet.service": """\
[Unit]
Description=kubelet: The Kubernetes Node Agent

[Service]
ExecStart=/usr/bin/kubelet
Restart=always
RestartSec=10
""",
    "/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf": """\
[Service]
Environment="KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf"
Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"
EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
EnvironmentFile=-/etc/default/kubelet
ExecStart=
ExecStart=/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS
""",
}
"""The unit of kubeadm's packages (pkgs.k8s.io, 1.30), shortened."""

OLD_KUBELET_UNIT = {
    "/etc/systemd/system/kubelet.service": """\
[Service]
ExecStart=/usr/local/bin/kubelet \\
  --kubeconfig=/etc/kubernetes/kubelet.conf \\
  --cgroup-driver=systemd \\
  --feature-gates=Accelerators=true
Restart=always
"""
}
"""A unit made by hand."""

KUBELET = """\
present
version Kubernetes v1.30.4
unit ActiveState=active
unit SubState=running
unit NRestarts=0
unit MainPID=901
arg --bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf
arg --kubeconfig=/etc/kubernetes/kubelet.conf
arg --config=/var/lib/kubelet/config.yaml
arg --container-runtime-endpoint=unix:///var/run/containerd/containerd.sock
socket /run/containerd/containerd.sock
healthz ok
plugin kubelet.sock
plugin nvidia-gpu.sock
checkpoint {"Data":{"PodDeviceEntries":null,"RegisteredDevices":{"nvidia.com/gpu":["GPU-0"]}},"Checksum":1}
log I1122 06:00:00.000000       1 main.go:235] "Starting NVIDIA Device Plugin"
log I1122 06:00:01.000000       1 server.go:196] "Registered device plugin with Kubelet" resourceName="nvidia.com/gpu"
capacity nvidia.com/gpu 1
allocatable nvidia.com/gpu 1
class nvidia nvidia
classes
pod train nvidia.com/gpu
asked
""" + shown(
    {
        **KUBELET_UNIT,
        "/var/lib/kubelet/config.yaml": """\
apiVersion: kubelet.config.k8s.io/v1beta1
cgroupDriver: systemd
healthzBindAddress: 127.0.0.1
healthzPort: 10248
kind: KubeletConfiguration
rotateCertificates: true
""",
        "/var/lib/kubelet/kubeadm-flags.env": """\
KUBELET_KUBEADM_ARGS="--container-runtime-endpoint=unix:///var/run/containerd/containerd.sock"
""",
    }
)
"""A node of kubeadm with the device plugin."""

OLD_KUBELET = """\
present
version Kubernetes v1.10.13
unit ActiveState=active
unit SubState=running
unit NRestarts=0
unit MainPID=901
arg --kubeconfig=/etc/kubernetes/kubelet.conf
arg --cgroup-driver=systemd
arg --feature-gates=Accelerators=true
healthz ok
plugin kubelet.sock
capacity alpha.kubernetes.io/nvidia-gpu 1
allocatable alpha.kubernetes.io/nvidia-gpu 1
asked
""" + shown(OLD_KUBELET_UNIT)
"""A node of 2018 that gives out GPUs by itself, through docker."""

_P = "log /usr/bin/nvidia-docker-plugin | 2026/11/22 06:19:12 "

NVIDIA_DOCKER = f"""\
plugin /usr/bin/nvidia-docker-plugin
release 1.0.1
account
modprobe
unit LoadState=loaded
unit ActiveState=active
unit SubState=running
unit Result=success
unit NRestarts=0
unit User=nvidia-docker
unit MainPID=812
cpu 0.0
driver 535.309.01
folder nvidia-docker /var/lib/nvidia-docker
socket /var/lib/nvidia-docker/nvidia-docker.sock
spec unix:///var/lib/nvidia-docker/nvidia-docker.sock
caps /usr/bin/nvidia-docker-plugin cap_fowner=ep
protected 1
port users:(("nvidia-docker-p",pid=812,fd=5))
flags --volume-driver=nvidia-docker --volume=nvidia_driver_535.309.01:/usr/local/nvidia:ro --device=/dev/nvidiactl
volumes 59 /var/lib/nvidia-docker/volumes
version 29 2 nvidia-docker 535.309.01
log Starting nvidia-docker.service - NVIDIA Docker plugin...
{_P}Loading NVIDIA unified memory
{_P}Loading NVIDIA management library
{_P}Discovering GPU devices
{_P}Provisioning volumes at /var/lib/nvidia-docker/volumes
{_P}Serving plugin API at /var/lib/nvidia-docker
{_P}Serving remote API at localhost:3476
log Started nvidia-docker.service - NVIDIA Docker plugin.
{_P}Received create request for volume 'nvidia_driver_535.309.01'
"""
"""A host with the volume plugin of nvidia-docker 1.x, which has made its volume."""
