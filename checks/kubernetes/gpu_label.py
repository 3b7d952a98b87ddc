"""The node says by a label which model of GPU it has, where the profile wants that.

The label is alpha.kubernetes.io/nvidia-gpu-name, as it was in 2017 (Kubernetes 1.6, Schedule GPUs); labels describe the
whole node, so they cannot tell apart several models in one host.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok, provision, skipped, warn
from checks.profiles.kubelet_gates import LABEL, label_value, labels_wanted, models
from checks.profiles.profile import Profile

RESTS_ON = ("nvidia_smi", "kubelet_gates")


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    kubelet = facts.kubelet
    if not profile.kubelet.labels or not kubelet.present:
        yield skipped("not applicable: the profile wants no label, or there is no kubelet here")
        return
    names = models(facts)
    if len(names) != 1:
        yield warn(
            f"{len(names)} models of GPUs in one host, which its node's label cannot tell apart: {', '.join(names)}",
            why="a pod that asks for one model by a label may get another",
            evidence=", ".join(f"GPU {at}: {gpu.name}" for at, gpu in enumerate(facts.smi.gpus)),
            remedy=by_hand(
                "choose the GPUs in the container: a list of device nodes (docker-args --gpus 0,2; manifest --share), "
                "NV_GPU=0,2 with nvidia-docker; or give each model a host of its own"
            ),
        )
        return
    label = f"{LABEL}={label_value(names[0])}"
    by_kubectl = by_hand(f"kubectl label node $(hostname) {label} --overwrite")
    if labels_wanted(facts, profile):
        yield fail(
            f"the kubelet does not label its node: {label}",
            why="pods cannot ask for this model of GPU by a node selector",
            evidence=f"--node-labels: {kubelet.flag('node-labels') or 'not given'}",
            remedy=provision("kubelet_gates"),
        )
    elif kubelet.asked and kubelet.labels.get(LABEL) != label_value(names[0]):
        yield warn(
            f"the node has no label {label}",
            why="a kubelet labels its node only when it registers, and from 1.16 on it may not give this label at all",
            evidence=f"{LABEL}: {kubelet.labels.get(LABEL, 'not there')}",
            remedy=by_kubectl,
        )
    elif kubelet.asked:
        yield ok(f"the node has the label {label}")
    else:
        yield skipped(f"the cluster was not asked for the node's labels; to be sure: kubectl get node -L {LABEL}")
