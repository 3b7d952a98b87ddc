"""A pod, deployment or replication controller for this host's GPUs, by its facts and its Kubernetes' version; pure.

Up to 1.10 without the device plugin the kubelet gives out alpha.kubernetes.io/nvidia-gpu and does not mount the driver,
so the driver volume is mounted by its path (Kubernetes 1.8 documentation, Schedule GPUs). With the device plugin it is
nvidia.com/gpu, and the runtime brings the driver.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from checks.facts import Facts
from checks.facts.kubelet import GPU, OLD_GPU
from checks.facts.reading import NotAsked, Unknown
from checks.profiles.kubelet_gates import ACCELERATORS, KNOWN
from provision.errors import Usage
from provision.yaml_text import written

KINDS = {"pod": "Pod", "deployment": "Deployment", "rc": "ReplicationController"}
CLUSTER = "device-plugin, runtime-class, time-slicing, helm-values, labels"
SHARE_WARNING = (
    "--share: privileged and without a limit, the pod sees every GPU and may do anything on the host as root; "
    "the scheduler does not know that it uses GPUs, so others get the same ones"
)

_IMAGE = re.compile(r"[A-Za-z0-9][\w.:/@-]*")
_LABEL_KEY = re.compile(r"([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?")
_LABEL_VALUE = re.compile(r"([A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?)?")


@dataclass(frozen=True)
class Asked:
    """What the command line asks for."""

    kind: str
    image: str
    replicas: int = 1
    gpus: int = 1
    selector: tuple[tuple[str, str], ...] = ()
    mounts: tuple[tuple[str, str], ...] = ()
    ports: tuple[int, ...] = ()
    cmd: str = ""
    share: bool = False
    called: str = ""
    host_ipc: bool = False

    @property
    def name(self) -> str:
        """What it is called: the image's last word, as names of Kubernetes may be, unless it has a name already."""
        if self.called:
            return self.called
        last = self.image.rpartition("/")[2].partition("@")[0].partition(":")[0]
        return re.sub(r"[^a-z0-9]+", "-", last.lower()).strip("-")[:50].strip("-") or "gpu"


def asked(
    kind: str, image: str, replicas: str, gpus: str, selector: str, mounts: str, ports: str, cmd: str, *, share: bool
) -> Asked:
    """What the flags mean; `Usage` names the one that means nothing."""
    if kind not in KINDS:
        raise Usage(f"--kind {kind or '(nothing)'}: wants one of {', '.join(KINDS)}, or for the cluster {CLUSTER}")
    if not _IMAGE.fullmatch(image):
        raise Usage(f"--image {image or '(nothing)'}: wants an image's name, such as tensorflow/tensorflow:1.4.0-gpu")
    if replicas and kind == "pod":
        raise Usage("--replicas: a pod is one; use --kind deployment or --kind rc")
    if gpus and share:
        raise Usage("--gpus and --share exclude each other: a pod that shares has no limit")
    return Asked(
        kind,
        image,
        count("--replicas", replicas or "1", 10_000),
        count("--gpus", gpus or "1", 64),
        labels(selector),
        tuple(_mount(one) for one in _listed(mounts)),
        tuple(count("--port", one, 65535) for one in _listed(ports)),
        cmd,
        share,
    )


def _listed(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]


def labels(text: str) -> tuple[tuple[str, str], ...]:
    """A comma list of KEY=VALUE."""
    return tuple(_label(one) for one in _listed(text))


def count(flag: str, text: str, most: int) -> int:
    """A whole number from 1 on."""
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text[:9]) <= most:
        raise Usage(f"{flag} {text}: wants a number from 1 to {most}")
    return int(text)


def _label(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not sign or not _LABEL_KEY.fullmatch(key) or not _LABEL_VALUE.fullmatch(value):
        raise Usage(f"--node-selector {text}: wants KEY=VALUE, as labels are: letters, digits, -, _ and .")
    return key, value


def _mount(text: str) -> tuple[str, str]:
    source, sign, target = text.partition(":")
    if not sign or ":" in target or not (source.startswith("/") and target.startswith("/")) or target == "/":
        raise Usage(f"--host-path {text}: wants /FOLDER/OF/HOST:/FOLDER/OF/CONTAINER")
    return source, target


def manifest(facts: Facts, what: Asked) -> str:
    """The YAML; `Unknown` where the host does not say what it takes."""
    minor = facts.kubelet.minor
    if not minor:
        raise Unknown("there is no kubelet here whose version can be told, so what its cluster accepts is not known")
    if minor < KNOWN[ACCELERATORS][0]:
        raise Unknown(f"kubelet 1.{minor} gives no GPUs to pods in a way that is known here: that came with 1.6")
    old = minor <= KNOWN[ACCELERATORS][1] and not facts.kubelet.registered.get(GPU)
    head = [f"# For Kubernetes 1.{minor}, by the facts of {facts.host.name or 'the host'}."]
    head += [f"# {line}" for line in ([SHARE_WARNING] if what.share else [])]
    return "".join(f"{line}\n" for line in head) + written(_object(minor, what, _pod(facts, what, old=old)))


def _object(minor: int, what: Asked, spec: dict[str, Any]) -> dict[str, Any]:
    labels = {"app": what.name}
    meta = {"name": what.name, "labels": labels}
    if what.kind == "pod":
        return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec}
    template = {"metadata": {"labels": labels}, "spec": spec}
    if what.kind == "rc":
        body = {"replicas": what.replicas, "selector": labels, "template": template}
        return {"apiVersion": "v1", "kind": KINDS["rc"], "metadata": meta, "spec": body}
    body = {"replicas": what.replicas, "selector": {"matchLabels": labels}, "template": template}
    version = "apps/v1" if minor >= 9 else "apps/v1beta1"  # apps/v1 came with 1.9, apps/v1beta1 with 1.6
    return {"apiVersion": version, "kind": KINDS["deployment"], "metadata": meta, "spec": body}


def _pod(facts: Facts, what: Asked, *, old: bool) -> dict[str, Any]:
    paths = [*_paths(facts, share=what.share, old=old), *((source, target, False) for source, target in what.mounts)]
    mounts = [
        {"name": f"path-{at}", "mountPath": target, **({"readOnly": True} if read_only else {})}
        for at, (_, target, read_only) in enumerate(paths)
    ]
    container: dict[str, Any] = {"name": what.name, "image": what.image}
    if what.cmd:
        container["command"] = ["/bin/sh", "-c", what.cmd]
    if what.ports:
        container["ports"] = [{"containerPort": port} for port in what.ports]
    env = _environment(what, old=old)
    if env:
        container["env"] = [{"name": name, "value": value} for name, value in env.items()]
    if what.share:
        container["securityContext"] = {"privileged": True}
    else:
        container["resources"] = {"limits": {OLD_GPU if old else GPU: what.gpus}}
    spec: dict[str, Any] = {"hostIPC": True} if what.host_ipc else {}
    if not old and (runtime := runtime_class(facts)):
        spec["runtimeClassName"] = runtime
    if what.kind == "pod":
        spec["restartPolicy"] = "Never"
    if what.selector:
        spec["nodeSelector"] = dict(what.selector)
    if paths:
        container["volumeMounts"] = mounts
    spec["containers"] = [container]
    if paths:
        spec["volumes"] = [{"name": f"path-{at}", "hostPath": {"path": path[0]}} for at, path in enumerate(paths)]
    return spec


def _environment(what: Asked, *, old: bool) -> dict[str, str]:
    if old:
        return {"LD_LIBRARY_PATH": "/usr/local/nvidia/lib64"}
    return {"NVIDIA_VISIBLE_DEVICES": "all"} if what.share else {}


def _paths(facts: Facts, *, share: bool, old: bool) -> Iterator[tuple[str, str, bool]]:
    """The folders and nodes of the host that give a pod its GPUs: source, target, and whether it is read only."""
    if not old:
        return
    module = facts.modules.get("nvidia")
    if module is None:
        raise Unknown("the driver is not loaded, so which driver volume the pod needs is not known")
    volume = facts.volume.named(module.version)
    if volume is None:
        raise Unknown(f"there is no driver volume of {module.version}: provision --only driver_volume makes it")
    yield volume.root, "/usr/local/nvidia", True
    if share:  # with a limit the kubelet itself gives the nodes of the GPUs that it chose
        found = sorted(path for path in facts.nodes if re.fullmatch(r"/dev/nvidia[\w-]*", path))
        if not found:
            raise Unknown("there are no device nodes /dev/nvidia0, ...")
        yield from ((path, path, False) for path in found)


def runtime_class(facts: Facts) -> str:
    """The runtime class of containerd's NVIDIA runtime, where that is not the one that every pod gets; else empty."""
    if facts.kubelet.minor < 14 or "containerd" not in facts.kubelet.endpoint:
        return ""  # node.k8s.io/v1beta1 came with 1.14
    try:
        section = facts.cri.section
    except NotAsked:
        return ""
    runtimes = section.get("runtimes", {})
    there = isinstance(runtimes, dict) and "nvidia" in runtimes
    return "nvidia" if there and section.get("default_runtime_name") != "nvidia" else ""
