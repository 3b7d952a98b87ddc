"""Faults that the dictionary of messages explains inside another check's finding."""

from __future__ import annotations

from tests.alter import edit, put
from tests.faultbench.fault import Fault

_DOWN = edit("volume", r"^asked\n(.*\n)*", "")

FAULTS = (
    Fault(
        "a GPU that no longer answers nvidia-smi",
        "NVIDIA/open-gpu-kernel-modules issue 446",
        "nvidia_smi",
        (put("smi", "Unable to determine the device handle for GPU 0000:3B:00.0: Unknown Error\n", 255),),
        says="drain the host and reboot it",
    ),
    Fault(
        "docker's socket is not ours",
        "nvidia-docker 1.0.1, run and watched",
        "docker_running",
        (
            edit(
                "docker",
                r"^info .*$",
                "info permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock",
            ),
            _DOWN,
        ),
        says="sudo docker, or adduser NAME docker",
    ),
)
