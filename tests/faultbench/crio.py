"""Faults of CRI-O's configuration: the runtime that the profile asks for is not there, or is another."""

from __future__ import annotations

from checks.profiles.profile import having
from tests.alter import append
from tests.faultbench.containerd import told
from tests.faultbench.fault import Fault
from tests.hosts import DEBIAN

_RUNTIME = "/usr/bin/nvidia-container-runtime"
_PROGRAMS = ("nvidia-container-runtime", "nvidia-container-runtime-hook", "nvidia-container-cli", "nvidia-ctk", "crun")
_TOOLKIT = append("toolkit", "".join(f"have {name} /usr/bin/{name}\n" for name in _PROGRAMS))
_WANTED = having(DEBIAN, {"crio": {"runtime": _RUNTIME, "default": "nvidia"}})
_DROP_IN = "/etc/crio/crio.conf.d/99-nvidia.toml"
_NVIDIA = '[crio.runtime.runtimes.nvidia]\nruntime_path = "/opt/old/runtime"\n'

FAULTS = (
    Fault(
        "NVIDIA's runtime gone from CRI-O with a drop-in that was overwritten",
        "nvidia-ctk 1.20.0, watched, case crio-06",
        "crio_nvidia",
        (told("[crio.runtime]\n", _DROP_IN, "up crio\n"), _TOOLKIT),
        says="lacks what the profile asks for: runtime_type, runtime_path, default_runtime",
        profile=_WANTED,
    ),
    Fault(
        "NVIDIA's runtime in CRI-O at the path of an installation before",
        "nvidia-ctk 1.20.0, watched, case containerd-56 (for containerd)",
        "crio_nvidia",
        (told(_NVIDIA, _DROP_IN, "up crio\n"), _TOOLKIT),
        says='crio.runtime.runtimes.nvidia.runtime_path is "/opt/old/runtime"',
        profile=_WANTED,
    ),
)
