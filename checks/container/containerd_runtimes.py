"""containerd's default runtime is among its runtimes, and the NVIDIA one makes control groups as runc does.

Before 2.0 a drop-in with nvidia alone takes runc away, and the Kubernetes plugin does not load ("no corresponding
runtime configured"); without SystemdCgroup pods of the NVIDIA runtime lose their limits, or do not start
(NVIDIA/nvidia-docker issue 1788).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checks.facts import Facts
from checks.facts.cri import CONTAINERD
from checks.finding import Finding, by_hand, fail, ok, skipped, warn
from checks.profiles.profile import Profile

RESTS_ON = ("containerd_config",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    cri = facts.cri
    runtimes = cri.section.get("runtimes")
    if not isinstance(runtimes, dict) or not runtimes:
        yield skipped("not applicable: containerd's own runtimes are not configured here")
        return
    files = ", ".join((CONTAINERD, *cri.imported))
    default = cri.section.get("default_runtime_name", "runc")
    ours = [name for name, value in runtimes.items() if "nvidia" in _option(value, "BinaryName")]
    systemd = {name: _option(value, "SystemdCgroup") == "True" for name, value in runtimes.items()}
    if default not in runtimes and (default != "runc" or cri.release < (2, 0)):
        yield fail(
            f"containerd's default runtime {default} is not among its runtimes ({', '.join(runtimes)})",
            why="its Kubernetes plugin does not load, so kubelet cannot start pods",
            evidence=f"{files}: default_runtime_name {default}",
            remedy=by_hand(f"add the runtime {default} to the last of {files}, then restart containerd"),
        )
    elif differing := [name for name in ours if systemd[name] != systemd.get("runc", systemd[name])]:
        yield warn(
            f"SystemdCgroup is {str(systemd[differing[0]]).lower()} for the runtime {differing[0]}, and not for runc",
            why="pods of that runtime lie outside the control groups that kubelet manages",
            evidence=f"{files}: runtimes.{differing[0]}.options",
            remedy=by_hand(f"the same SystemdCgroup in runtimes.{differing[0]}.options, then restart containerd"),
        )
    else:
        yield ok(f"containerd's runtimes: {', '.join(runtimes)}, {default} by default")


def _option(runtime: Any, key: str) -> str:
    options = runtime.get("options") if isinstance(runtime, dict) else None
    return str(options.get(key, "")) if isinstance(options, dict) else ""
