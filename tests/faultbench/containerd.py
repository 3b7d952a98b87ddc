"""Faults of containerd's configuration: the runtime that the profile asks for is not there, or is another."""

from __future__ import annotations

import hashlib

from checks.profiles.profile import having
from tests.alter import Alter, append, put
from tests.faultbench.fault import Fault
from tests.hosts import DEBIAN

_RUNTIME = "/usr/bin/nvidia-container-runtime"
_WANTED = having(DEBIAN, {"containerd": {"runtime": _RUNTIME, "default": "nvidia"}})
_PROGRAMS = ("nvidia-container-runtime", "nvidia-container-runtime-hook", "nvidia-container-cli", "nvidia-ctk", "runc")
_TOOLKIT = append("toolkit", "".join(f"have {name} /usr/bin/{name}\n" for name in _PROGRAMS))
_V2 = 'plugins."io.containerd.grpc.v1.cri".containerd'
_RUNC = f'[{_V2}.runtimes.runc]\nruntime_type = "io.containerd.runc.v2"\n'


def told(
    text: str, path: str = "/etc/containerd/config.toml", more: str = "containerd 1.7.24\nup containerd\n"
) -> Alter:
    """An engine has this one file, to the byte."""
    shown = "".join(f"| {line}\n" for line in text.splitlines())
    return put("cri", f"file {path}\n{shown}sum {hashlib.sha256(text.encode()).hexdigest()} {path}\n{more}")


def _nvidia(program: str) -> str:
    return (
        f'[{_V2}.runtimes.nvidia]\nruntime_type = "io.containerd.runc.v2"\noptions = {{ BinaryName = "{program}" }}\n'
    )


FAULTS = (
    Fault(
        "containerd's configuration put back by its package, NVIDIA's runtime gone",
        "nvidia-ctk 1.20.0, watched, case containerd-05: what it begins with",
        "containerd_nvidia",
        (told(f"version = 2\n{_RUNC}"), _TOOLKIT),
        says="/etc/containerd/config.toml lacks what the profile asks for: runtime_type, BinaryName",
        profile=_WANTED,
    ),
    Fault(
        "NVIDIA's runtime there, and no longer the default",
        "nvidia-ctk 1.20.0, watched, cases containerd-12 and 65",
        "containerd_nvidia",
        (told(f"version = 2\n{_RUNC}{_nvidia(_RUNTIME)}"), _TOOLKIT),
        says='default_runtime_name is not set, the profile asks for "nvidia"',
        profile=_WANTED,
    ),
    Fault(
        "NVIDIA's runtime at the path of an installation before",
        "nvidia-ctk 1.20.0, watched, case containerd-56",
        "containerd_nvidia",
        (
            told(f'version = 2\n[{_V2}]\ndefault_runtime_name = "nvidia"\n{_RUNC}{_nvidia("/opt/old/runtime")}'),
            _TOOLKIT,
        ),
        says='BinaryName is "/opt/old/runtime"',
        profile=_WANTED,
    ),
    Fault(
        "docker's containerd.io package came over the kubernetes node's",
        "nvidia-ctk 1.20.0, watched, cases containerd-23 and 24",
        "containerd_nvidia",
        (told('disabled_plugins = ["cri"]\n'), _TOOLKIT),
        says="disabled_plugins",
        profile=_WANTED,
    ),
)
