"""The cluster has a RuntimeClass for this node's NVIDIA runtime, where that is not the runtime of every pod.

Without one no pod can ask for it: NVIDIA's device plugin starts under runc, and sees no driver (k8s-device-plugin,
README: "a RuntimeClass needs to be defined"). A pod of a class whose handler the runtime lacks is never started.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.kubelet import GPU
from checks.finding import Finding, by_hand, fail, ok, skipped, warn
from checks.profiles.profile import Profile

RESTS_ON = ("kubelet_running", "gpu_runtime")


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    kubelet = facts.kubelet
    runtimes, default = _runtimes(facts) if kubelet.present else ({}, "")
    ours = [name for name, value in runtimes.items() if "nvidia" in f"{name} {value}"]
    if not ours or default in ours:
        yield skipped("not applicable: there is no NVIDIA runtime here that pods have to ask for by its name")
    elif kubelet.classes is None:
        yield skipped("the cluster was not asked for its runtime classes; to be sure: kubectl get runtimeclass")
    elif named := [name for name, handler in kubelet.classes.items() if handler in ours]:
        yield ok(f"pods can ask for the runtime class {named[0]}")
    else:
        yield _lacking(facts, ours, runtimes)


def _runtimes(facts: Facts) -> tuple[dict[str, object], str]:
    """The runtimes of containerd or CRI-O by name, and the one of pods that name none."""
    crio, endpoint = "crio" in facts.kubelet.endpoint, facts.kubelet.endpoint
    if not endpoint or "docker" in endpoint:
        return {}, ""
    section = facts.cri.crio if crio else facts.cri.section
    return section.get("runtimes", {}), str(section.get("default_runtime" if crio else "default_runtime_name", ""))


def _lacking(facts: Facts, ours: list[str], runtimes: dict[str, object]) -> Finding:
    classes = facts.kubelet.classes or {}
    wrong = [(name, handler) for name, handler in classes.items() if "nvidia" in name and handler not in runtimes]
    said = f"the cluster has no RuntimeClass for this node's runtime {ours[0]}"
    if wrong:
        said = f"the RuntimeClass {wrong[0][0]} names the handler {wrong[0][1]}, which this node does not have"
    evidence = ", ".join(f"{name}: {handler}" for name, handler in classes.items()) or "no runtime classes"
    remedy = by_hand(f"fab -H {facts.host.name or 'NODE'} manifest --kind runtime-class --apply")
    if facts.kubelet.registered.get(GPU):
        why = "GPUs are offered, and pods that get one start without the driver's files, unless by CDI"
        return warn(said, why=why, evidence=f"kubectl get runtimeclass: {evidence}", remedy=remedy)
    why = "NVIDIA's device plugin and all pods start under another runtime, and see no driver"
    return fail(said, why=why, evidence=f"kubectl get runtimeclass: {evidence}", remedy=remedy)
