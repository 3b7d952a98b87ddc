"""A framework tried in a pod of this host's cluster: which pod that is, and what becomes of it once it was created.

The pod is bound to the host by its label kubernetes.io/hostname, asks for one GPU as every pod does, and is deleted
when its log has been read. What it printed becomes the topic `framework`, as a container's output does.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from checks.examine import examine
from checks.facts import Facts, join
from checks.facts.framework import LIMIT
from checks.facts.framework_programs import PROGRAMS, in_sh
from checks.facts.reading import Reading
from checks.facts.recording import Recording
from checks.finding import Finding
from checks.profiles.profile import Profile
from provision.cluster import Cluster
from provision.errors import Usage
from provision.manifest import Asked

Kubectl = Callable[..., str]
"""Runs kubectl with these words and returns what it printed."""

_POLL = 2.0
_GRACE = 30.0
"""Seconds in which a pod may count as unschedulable: a scheduler that is just busy says so too, for a moment."""


def tested(what: Asked | Cluster, framework: str, host: str) -> Asked:
    """The pod that tries the framework on a host, from what the command line asks for besides."""
    if framework not in PROGRAMS:
        raise Usage(f"--test {framework or '(nothing)'}: wants one of {', '.join(PROGRAMS)}")
    if not isinstance(what, Asked) or what.kind != "pod" or what.cmd or what.share:
        raise Usage("--test makes a pod with a command of its own: leave --kind, --cmd and --share out")
    selector = what.selector or (("kubernetes.io/hostname", host.lower()),)
    named = f"gpuwright-test-{framework}"
    return replace(what, cmd=in_sh(framework), selector=selector, called=named, host_ipc=framework == "pytorch")


def run(
    what: Asked,
    framework: str,
    kubectl: Kubectl,
    sleep: Callable[[float], object] = time.sleep,
    limit: float = LIMIT,
) -> Reading:
    """Wait for the end of the pod, read its log, delete it; what came of it as the topic `framework`."""
    try:
        status, said = _ended(what.name, kubectl, sleep, limit)
        lines = "".join(f"| {line}\n" for line in said.splitlines())
    finally:
        kubectl("delete", "pod", what.name, "--wait=false")
    return Reading(0, f"framework {framework}\nimage {what.image}\nway pod\n{lines}status {status}\n")


def findings(facts: Facts, profile: Profile, reading: Reading) -> tuple[Finding, ...]:
    """What the doctor says of it."""
    from checks.container import framework

    found = join(facts.recording, Recording({"framework": reading}))
    return examine(Facts(found), profile, (framework,))


def _ended(name: str, kubectl: Kubectl, sleep: Callable[[float], object], limit: float) -> tuple[int, str]:
    """The pod's exit status and log; 124 where it does not end, 125 with the reason where it does not start."""
    waited = 0.0
    while True:
        pod = json.loads(kubectl("get", "pod", name, "-o", "json")).get("status", {})
        if pod.get("phase") in ("Succeeded", "Failed"):
            return _status(pod), kubectl("logs", name) or str(pod.get("message", ""))
        if why := _stuck(pod, waited):
            return 125, why
        if waited >= limit:
            return 124, kubectl("logs", name) if pod.get("phase") == "Running" else f"{name}: {pod.get('phase')}"
        sleep(_POLL)
        waited += _POLL


def _status(pod: dict[str, Any]) -> int:
    """The exit status of its container; that of the pod where the kubelet did not even start one."""
    for container in pod.get("containerStatuses", ()):
        return int(container.get("state", {}).get("terminated", {}).get("exitCode", 1))
    return 0 if pod.get("phase") == "Succeeded" else 1


def _stuck(pod: dict[str, Any], waited: float) -> str:
    """Why it will not start by itself; empty where it may."""
    for container in pod.get("containerStatuses", ()):
        waiting = container.get("state", {}).get("waiting", {})
        if waiting.get("reason", "").endswith(("BackOff", "Error", "NeverPull", "ImageName")):
            return f"{waiting['reason']}: {waiting.get('message', '')}"
    for condition in pod.get("conditions", ()):
        if condition.get("reason") == "Unschedulable" and waited >= _GRACE:
            return f"Unschedulable: {condition.get('message', '')}"
    return ""
