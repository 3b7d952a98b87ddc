"""Faults of docker and of what lies beside it, made for real."""

from __future__ import annotations

from tests.faultbench.real import RealFault

_DAEMON = "mkdir -p /etc/docker; echo '{0}' >/etc/docker/daemon.json"
_RESTART = "; systemctl restart docker || true"
_NVIDIA = '{"runtimes": {"nvidia": {"path": "nvidia-container-runtime"}}}'
_SPEC = r"""
spec() { # FILE LIBRARY: a CDI spec as nvidia-ctk writes it
    mkdir -p "${1%/*}"
    printf '%s\n' 'cdiVersion: 0.5.0' 'kind: nvidia.com/gpu' 'devices:' '    - name: "0"' '      containerEdits:' \
        '        deviceNodes:' '            - path: /dev/nvidia0' '              hostPath: /dev/nvidia0' \
        'containerEdits:' '    mounts:' "        - hostPath: $2" "          containerPath: $2" >"$1"
}
"""
_LIBRARY = "$(readlink -f $(ldconfig -p | sed -n 's/.*libcuda.so.1 .*=> //p' | head -n 1))"
_IMAGE = "tar -c -T /dev/null | docker import {0} - made >/dev/null"

CONTAINER = (
    RealFault("docker stopped", "systemctl", "systemctl stop docker.socket docker.service", "docker_running"),
    RealFault(
        "docker's configuration is no JSON",
        "NVIDIA/nvidia-docker issue 490",
        _DAEMON.format('{"debug": true,}') + _RESTART,
        "daemon_json",
        says="line 1 column",
    ),
    RealFault(
        "the default runtime is not defined",
        "nvidia-ctk 1.20.0, watched, case docker-52",
        _DAEMON.format('{"default-runtime": "nvidia"}') + _RESTART,
        "daemon_json",
        says='"nvidia" is not among the runtimes',
    ),
    RealFault(
        "a key of daemon.json that is also a flag of the unit",
        "NVIDIA/nvidia-container-toolkit issue 631",
        _DAEMON.format('{"hosts": ["tcp://127.0.0.1:2375"]}') + _RESTART,
        "daemon_flags",
        says="the flag -H",
    ),
    RealFault(
        "a runtime was added and docker not restarted",
        "NVIDIA/nvidia-docker issue 1236",
        _DAEMON.format(_NVIDIA),
        "daemon_live",
        says="the running docker does not know it",
    ),
    RealFault(
        "a runtime whose program is not there",
        "NVIDIA/nvidia-docker issue 1337",
        _DAEMON.format(_NVIDIA) + _RESTART,
        "runtime_programs",
        says="nvidia-container-runtime: not on PATH",
    ),
    RealFault(
        "an insecure registry with its scheme",
        "moby registry/config.go loadInsecureRegistries",
        _DAEMON.format('{"insecure-registries": ["http://10.0.0.5:5000"]}'),
        "registries",
        says="http://10.0.0.5:5000",
        verdict="warn",
    ),
    RealFault(
        "a CDI spec of a driver that is gone",
        "NVIDIA/nvidia-container-toolkit issue 1828",
        f"{_SPEC}spec /etc/cdi/nvidia.yaml /usr/lib/x86_64-linux-gnu/libcuda.so.525.147.05",
        "cdi_stale",
        says="was made for driver 525.147.05",
    ),
    RealFault(
        "one CDI device in two folders",
        "nvidia-ctk 1.20.0, watched, case cdi-list-two-dirs-conflict",
        f"{_SPEC}spec /etc/cdi/nvidia.yaml {_LIBRARY}; spec /var/run/cdi/nvidia.yaml {_LIBRARY}",
        "cdi_twice",
        says="nvidia.com/gpu=0",
        verdict="warn",
    ),
    RealFault(
        "a file for CRI-O where it does not read",
        "nvidia-container-toolkit 584f68ef",
        "mkdir -p /etc/crio/conf.d; touch /etc/crio/conf.d/99-nvidia.toml",
        "crio_config",
        says="/etc/crio/crio.conf.d/99-nvidia.toml",
    ),
    RealFault(
        "a configuration that this containerd is too old for",
        "nvidia-ctk 1.20.0, watched, case containerd-26",
        "echo 'version = 3' >/etc/containerd/config.toml",
        "containerd_config",
        says="knows up to 2",
        verdict="warn",
    ),
    RealFault(
        "a container with GPUs, and no links in /dev/char",
        "NVIDIA/nvidia-docker issue 1730",
        "for link in /dev/char/*; do case $(readlink $link) in /dev/nvidia*) rm $link ;; esac; done; "
        f"{_IMAGE.format('')}; docker run -d --name train --device /dev/nvidia0 --device /dev/nvidiactl -v /usr:/usr "
        "-v /usr/bin:/bin -v /usr/lib:/lib -v /usr/lib64:/lib64 made sleep 1000",
        "daemon_reload",
        says="train",
        verdict="warn",
    ),
    RealFault(
        "an image too new for the driver",
        "NVIDIA/nvidia-docker issue 1442",
        _IMAGE.format("-c 'ENV NVIDIA_REQUIRE_CUDA=cuda>=13.0'"),
        "image_cuda",
        says="cuda>=13.0",
        verdict="warn",
    ),
    RealFault(
        "the file of a volume plugin that is gone",
        "nvidia-docker 1.0.1, run and watched, 8.4",
        "mkdir -p /var/lib/nvidia-docker /etc/docker/plugins; systemctl restart docker; "
        "echo unix:///var/lib/nvidia-docker/nvidia-docker.sock >/etc/docker/plugins/nvidia-docker.spec",
        "nvidia_docker_spec",
        says="left behind",
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
