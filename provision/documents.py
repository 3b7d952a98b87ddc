"""What the verb manifest writes: something for pods, or something for the whole cluster; pure."""

from __future__ import annotations

from checks.facts import Facts
from provision import cluster, manifest
from provision.cluster import Cluster
from provision.errors import Usage
from provision.manifest import Asked

SHARE_WARNING = manifest.SHARE_WARNING
node_name = cluster.node_name


def asked(
    kind: str,
    image: str,
    replicas: str,
    gpus: str,
    selector: str,
    mounts: str,
    ports: str,
    cmd: str,
    *,
    share: bool,
    strategy: str,
) -> Asked | Cluster:
    """What the flags mean; `Usage` names the one that means nothing."""
    if kind in cluster.KINDS:
        given = {"image": image, "gpus": gpus, "host-path": mounts, "port": ports, "cmd": cmd, "share": share}
        strays = tuple(f"--{flag}" for flag, value in given.items() if value)
        count = manifest.count("--replicas", replicas, 100) if replicas else None
        return cluster.wanted(kind, count, strategy, manifest.labels(selector), strays)
    if strategy:
        raise Usage("--mig-strategy is for --kind device-plugin, time-slicing and helm-values")
    return manifest.asked(kind, image, replicas, gpus, selector, mounts, ports, cmd, share=share)


def text(facts: Facts, what: Asked | Cluster) -> str:
    """The YAML; `Unknown` where the host does not say what it takes."""
    return cluster.manifests(facts, what) if isinstance(what, Cluster) else manifest.manifest(facts, what)


def taken_back(facts: Facts, what: Asked | Cluster) -> str:
    """How to take back what was applied. What was said of a node must not be deleted: that would be the node."""
    if what.kind == "labels":
        return f"kubectl label node {node_name(facts)} {' '.join(f'{key}-' for key in cluster.node_labels(facts))}"
    return "the same command without --apply, piped to kubectl delete -f -"


def appliable(what: Asked | Cluster, file: str) -> None:
    """`Usage` where it is nothing for kubectl, or goes to a file."""
    if what.kind == "helm-values":
        raise Usage("--apply: these are values for helm; the command stands at their head")
    if file:
        raise Usage("--apply and -o exclude each other")
