"""NVIDIA's device plugin is registered with the kubelet.

It registers by a socket in /var/lib/kubelet/device-plugins; without it the node has no nvidia.com/gpu. Its own log says
why it did not.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.kubelet import GPU
from checks.finding import Finding, by_hand, fail, ok, skipped
from checks.profiles.profile import Profile

RESTS_ON = ("device_nodes", "driver_mismatch", "kubelet_running", "gpu_runtime", "runtime_class")

_GPUS = (GPU, "nvidia.com/mig-")
"""How the names of GPUs begin: whole ones, those shared in turns (gpu.shared), and MIG devices."""


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    kubelet = facts.kubelet
    sockets = [name for name in kubelet.plugins if "nvidia" in name]
    gate = kubelet.gates.get("Accelerators", ("", ""))[0] == "true"
    errors = [line for line in kubelet.log if "rror" in line or "ncompatible" in line or "failed" in line.lower()]
    if not kubelet.present or gate:
        yield skipped("not applicable: there is no kubelet here, or it gives out GPUs by itself (Accelerators)")
    elif sockets and any(ids for name, ids in kubelet.registered.items() if name.startswith(_GPUS)):
        yield ok(f"the device plugin is registered: {', '.join(sockets)}")
    else:
        said = "has a socket and no GPUs" if sockets else "is not registered"
        yield fail(
            f"NVIDIA's device plugin {said}",
            why=f"this node offers no {GPU}, so pods that ask for one stay pending",
            evidence=(errors[-1][:300] if errors else f"device-plugins: {', '.join(kubelet.plugins) or 'no socket'}"),
            remedy=by_hand(
                "kubectl -n kube-system get pods -o wide | grep nvidia-device-plugin, then its log; if there is none, "
                f"once per cluster: fab -H {facts.host.name or 'NODE'} manifest --kind device-plugin --apply"
            ),
        )
