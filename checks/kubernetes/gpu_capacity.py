"""The node offers to pods every GPU that it has.

The device plugin takes a GPU out after a critical Xid and does not bring it back by itself (NVIDIA/k8s-device-plugin
issue 1014); then capacity and allocatable differ. Time-slicing and MIG offer more than there are, partly under other
names: nvidia.com/gpu.shared, nvidia.com/mig-1g.10gb (k8s-device-plugin, README).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from checks.facts import Facts
from checks.facts.kubelet import GPU, OLD_GPU
from checks.facts.reading import NotAsked
from checks.finding import Finding, by_hand, fail, ok, skipped
from checks.profiles.profile import Profile

RESTS_ON = ("nvidia_smi", "device_plugin")


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    kubelet, want = facts.kubelet, _divisions(facts)
    resource = OLD_GPU if kubelet.gates.get("Accelerators", ("", ""))[0] == "true" else GPU
    capacity, allocatable = _total(kubelet.capacity, resource), _total(kubelet.allocatable, resource)
    registered = sum(len(ids) for name, ids in kubelet.registered.items() if _is_gpu(name, resource))
    have = capacity if capacity is not None else registered
    unhealthy = [line for line in kubelet.log if "unhealthy" in line]
    evidence = unhealthy[-1][:300] if unhealthy else f"{resource}: capacity {have}, allocatable {allocatable}"
    remedy = by_hand(
        "make sure of the GPU (nvidia-smi, dmesg | grep -i xid), then delete the plugin's pod of this node"
    )
    if not kubelet.present or (not kubelet.registered and capacity is None):
        yield skipped("not applicable: there is no kubelet here that offers GPUs")
    elif have < want:
        yield fail(
            f"the node offers {have} of {want} GPUs",
            why="pods cannot use the others",
            evidence=evidence,
            remedy=remedy,
        )
    elif allocatable is not None and allocatable < have:
        yield fail(
            f"{have - allocatable} of {have} GPUs are taken out of use by the device plugin",
            why="it marked them unhealthy, and keeps them so until it is restarted",
            evidence=evidence,
            remedy=remedy,
        )
    else:
        yield ok(f"the node offers {have} {resource} for {want} GPU(s)")


def _divisions(facts: Facts) -> int:
    """How many there are to offer: GPUs, and of those that are divided (MIG) their devices."""
    gpus = facts.smi.gpus
    if not any(gpu.mig for gpu in gpus):
        return len(gpus)
    try:
        devices = facts.mig.devices
    except NotAsked:
        return len(gpus)
    return sum(len(devices.get(gpu.index, ())) if gpu.mig else 1 for gpu in gpus)


def _is_gpu(name: str, resource: str) -> bool:
    return name == resource or (resource == GPU and name.startswith((f"{GPU}.", "nvidia.com/mig-")))


def _total(offered: Mapping[str, str], resource: str) -> int | None:
    """How many of all the resources that stand for GPUs; None where the node names none."""
    found = [text for name, text in offered.items() if _is_gpu(name, resource)]
    return sum(int(text) for text in found if text.isdecimal()) if found else None
