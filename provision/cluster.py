"""What a cluster needs once for its GPU nodes: RuntimeClass, device plugin, its configuration, node labels; pure.

Made from one node's facts, since its runtime and its Kubernetes' version decide. Images and versions: cluster.toml.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from checks.facts import Facts
from checks.facts.generation import of
from checks.facts.kubelet import GPU
from checks.facts.reading import Unknown
from checks.profiles.kubelet_gates import label_value, models
from provision.errors import Usage
from provision.manifest import CLUSTER, runtime_class
from provision.yaml_text import written

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

KINDS = tuple(CLUSTER.split(", "))
STRATEGIES = ("none", "single", "mixed")
PRESENT = "nvidia.com/gpu.present"
"""The label that the Helm chart takes for the word of an administrator: this node has GPUs."""

NAME, SPACE, CONFIG = "nvidia-device-plugin", "kube-system", "nvidia-device-plugin-config"


@dataclass(frozen=True)
class Cluster:
    """What the command line asks for: `replicas` is how many pods share a GPU in turns, 1: none do.

    `strategy` is how the plugin offers MIG devices: `single` as nvidia.com/gpu, `mixed` as nvidia.com/mig-PROFILE.
    """

    kind: str
    replicas: int = 1
    strategy: str = ""
    selector: tuple[tuple[str, str], ...] = ((PRESENT, "true"),)

    @property
    def configured(self) -> bool:
        """Whether the plugin gets a configuration file."""
        return self.replicas > 1 or self.kind == "time-slicing"


def wanted(
    kind: str, replicas: int | None, strategy: str, selector: tuple[tuple[str, str], ...], strays: tuple[str, ...]
) -> Cluster:
    """What the flags mean; `Usage` names the one that means nothing. `strays` are those that only pods have."""
    if strays:
        raise Usage(f"{strays[0]}: a {kind} has none")
    if strategy and strategy not in STRATEGIES:
        raise Usage(f"--mig-strategy {strategy}: wants one of {', '.join(STRATEGIES)}")
    if kind == "time-slicing" and (replicas or 1) < 2:
        raise Usage("--replicas: time-slicing wants how many pods share one GPU, 2 or more")
    if kind in ("runtime-class", "labels") and (replicas or strategy or selector):
        raise Usage(f"a {kind} has neither --replicas nor --mig-strategy nor --node-selector")
    return Cluster(kind, replicas or 1, strategy, selector or ((PRESENT, "true"),))


@cache
def _data() -> dict[str, Any]:
    path = Path(__file__).parent / "cluster.toml"
    found: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    return found


def manifests(facts: Facts, what: Cluster) -> str:
    """The YAML, one document or several; `Unknown` where the node does not say what its cluster takes."""
    minor = facts.kubelet.minor
    if not minor:
        raise Unknown("there is no kubelet here whose version can be told, so what its cluster accepts is not known")
    head = [f"For Kubernetes 1.{minor}, by the facts of {facts.host.name or 'the host'}.", *_notes(facts, what)]
    documents = "---\n".join(written(one) for one in _documents(facts, what))
    return "".join(f"# {line}\n" for line in head) + documents


def _notes(facts: Facts, what: Cluster) -> Iterator[str]:
    plugin, node = _data()["device_plugin"], facts.host.name or "NODE"
    if what.kind == "device-plugin" and what.selector == ((PRESENT, "true"),):
        yield f"It runs on nodes with the label {PRESENT}=true, which is given by:"
        yield f"  fab -H {node} manifest --kind labels --apply"
    if what.kind == "labels":
        yield "Never give it to kubectl delete: it is the node itself. Labels go by: kubectl label node NAME KEY-"
    if what.replicas > 1:
        yield f"{what.replicas} pods take turns on one GPU; nothing keeps them out of each other's memory."
    if what.kind == "time-slicing":
        yield "The device plugin of --kind device-plugin --replicas reads it, when it starts."
    if what.kind == "helm-values":
        yield f"helm upgrade -i nvdp {NAME} --repo {plugin['repository']} --version {plugin['chart']} \\"
        yield f"  --namespace {NAME} --create-namespace -f THIS_FILE"


def _documents(facts: Facts, what: Cluster) -> Iterator[dict[str, Any]]:
    if what.kind == "labels":
        yield _node(facts)
        return
    if what.kind == "runtime-class":
        yield _runtime_class(facts)
        return
    first = _data()["device_plugin"]["first_minor"]
    if facts.kubelet.minor < first:
        raise Unknown(f"kubelet 1.{facts.kubelet.minor}: today's device plugin wants Kubernetes 1.{first} or later")
    strategy = _strategy(facts, what)
    if what.kind == "helm-values":
        yield _values(facts, what, strategy)
        return
    if what.kind == "device-plugin" and runtime_class(facts):
        yield _runtime_class(facts)
    if what.configured:
        meta = {"name": CONFIG, "namespace": SPACE}
        data = {"config.yaml": _config(what, strategy)}
        yield {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": data}
    if what.kind == "device-plugin":
        yield _daemon_set(facts, what, strategy)


def _strategy(facts: Facts, what: Cluster) -> str:
    """How MIG devices are offered; where GPUs are divided somebody has to choose: resources are named by it."""
    if not what.strategy and any(gpu.mig for gpu in facts.smi.gpus):
        raise Usage(
            "GPUs of this host are divided (MIG): --mig-strategy single, mixed or none says how pods ask for them"
        )
    return what.strategy or "none"


def _runtime_class(facts: Facts) -> dict[str, Any]:
    minor, known = facts.kubelet.minor, _data()["runtime_class"]
    if minor < known["v1beta1"]:
        raise Unknown(f"kubelet 1.{minor} knows no runtime classes: nvidia has to be the runtime of every pod")
    version = "v1" if minor >= known["v1"] else "v1beta1"
    name = {"metadata": {"name": "nvidia"}, "handler": "nvidia"}
    return {"apiVersion": f"node.k8s.io/{version}", "kind": "RuntimeClass", **name}


def _config(what: Cluster, strategy: str) -> str:
    """The device plugin's own configuration file."""
    return written(
        {
            "version": "v1",
            "flags": {"migStrategy": strategy},
            "sharing": {"timeSlicing": {"resources": [{"name": GPU, "replicas": what.replicas}]}},
        }
    )


def _values(facts: Facts, what: Cluster, strategy: str) -> dict[str, Any]:
    """What the Helm chart is told: the same as the DaemonSet has."""
    values: dict[str, Any] = {}
    if name := runtime_class(facts):
        values["runtimeClassName"] = name
    if what.configured:
        values["config"] = {"map": {"default": _config(what, strategy)}, "default": "default"}
    else:
        values["migStrategy"] = strategy
    return {**values, "nodeSelector": dict(what.selector)}


def _daemon_set(facts: Facts, what: Cluster, strategy: str) -> dict[str, Any]:
    mount, place = "kubelet-device-plugins-dir", "/var/lib/kubelet/device-plugins"
    env = {"MIG_STRATEGY": strategy} if strategy != "none" else {}
    container: dict[str, Any] = {"name": f"{NAME}-ctr", "image": _data()["device_plugin"]["image"]}
    if strategy != "none":
        env["NVIDIA_MIG_MONITOR_DEVICES"] = "all"
    if what.configured:
        env["CONFIG_FILE"] = "/config/config.yaml"
    if env:
        container["env"] = [{"name": name, "value": value} for name, value in env.items()]
    # As the chart has it: MIG is watched through device nodes that SYS_ADMIN alone may open.
    container["securityContext"] = (
        {"capabilities": {"add": ["SYS_ADMIN"]}}
        if strategy != "none"
        else {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    )
    container["volumeMounts"] = [{"name": mount, "mountPath": place}]
    volumes: list[dict[str, Any]] = [{"name": mount, "hostPath": {"path": place, "type": "Directory"}}]
    if what.configured:
        container["volumeMounts"].append({"name": "config", "mountPath": "/config", "readOnly": True})
        volumes.append({"name": "config", "configMap": {"name": CONFIG}})
    spec: dict[str, Any] = {}
    if name := runtime_class(facts):
        spec["runtimeClassName"] = name
    if facts.kubelet.minor >= _data()["priority"]["first_minor"]:
        spec["priorityClassName"] = "system-node-critical"
    spec["tolerations"] = [{"key": GPU, "operator": "Exists", "effect": "NoSchedule"}]
    spec["nodeSelector"] = dict(what.selector)
    spec["containers"] = [container]
    spec["volumes"] = volumes
    labels = {"name": f"{NAME}-ds"}
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": f"{NAME}-daemonset", "namespace": SPACE},
        "spec": {
            "selector": {"matchLabels": labels},
            "updateStrategy": {"type": "RollingUpdate"},
            "template": {"metadata": {"labels": labels}, "spec": spec},
        },
    }


def node_name(facts: Facts) -> str:
    """What the cluster calls this host."""
    return (facts.kubelet.flag("hostname-override") or facts.host.name).lower()


def _node(facts: Facts) -> dict[str, Any]:
    """The node with its labels, and nothing else of it."""
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": node_name(facts), "labels": node_labels(facts)}}


def node_labels(facts: Facts) -> dict[str, str]:
    """The labels that gpu-feature-discovery would give the node."""
    gpus, names = facts.smi.answering, models(facts)
    if len(names) != 1:
        raise Unknown(
            f"{len(names)} models of GPUs in one host, which a node's labels cannot tell apart: {', '.join(names)}"
        )
    if any(gpu.mig for gpu in gpus):
        raise Unknown(
            "GPUs of this host are divided (MIG), which gpu-feature-discovery labels (helm: gfd.enabled=true)"
        )
    family = of(facts.pci.gpus[0].id)
    memory = gpus[0].number("FB Memory Usage/Total")
    return {
        PRESENT: "true",
        "nvidia.com/gpu.product": label_value(names[0]),
        "nvidia.com/gpu.count": str(len(gpus)),
        **({"nvidia.com/gpu.family": family.name} if family else {}),
        **({"nvidia.com/gpu.memory": str(int(memory))} if memory else {}),
        "nvidia.com/cuda.driver-version.full": gpus[0].driver,
    }
