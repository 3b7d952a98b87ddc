"""Kubelet and the container runtime make control groups in the same way, systemd or cgroupfs.

A kubelet that asks docker refuses to start otherwise (kubernetes issue 43805); with containerd it starts, and the node
is unstable under memory pressure.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok, skipped, warn
from checks.profiles.profile import Profile

RESTS_ON = ("kubelet_runtime",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    kubelet = facts.kubelet
    runtime = _runtime(facts) if kubelet.present else ""
    docker = not kubelet.endpoint or "docker" in kubelet.endpoint
    if not kubelet.present or not runtime:
        yield skipped("not applicable: there is no kubelet here, or its runtime's setting cannot be told")
    elif kubelet.cgroup_driver == runtime:
        yield ok(f"kubelet and its runtime both use {runtime}")
    else:
        said = f"kubelet makes control groups by {kubelet.cgroup_driver}, its container runtime by {runtime}"
        evidence = f"cgroupDriver {kubelet.cgroup_driver}; {kubelet.endpoint or 'docker info: CgroupDriver'} {runtime}"
        remedy = by_hand("systemd in both: cgroupDriver: systemd, native.cgroupdriver=systemd or SystemdCgroup = true")
        if docker and not kubelet.active:
            why = "kubelet refuses to start: its cgroup driver is different from docker's"
            yield fail(said, why=why, evidence=evidence, remedy=remedy)
        else:
            why = "two managers of one tree: pods are killed, or the node hangs, when memory is short"
            yield warn(said, why=why, evidence=evidence, remedy=remedy)


def _runtime(facts: Facts) -> str:
    """How the runtime that kubelet asks makes control groups; empty where it cannot be told."""
    endpoint = facts.kubelet.endpoint
    if not endpoint or "docker" in endpoint:
        return facts.docker.live.cgroup_driver
    if "crio" in endpoint:
        return str(facts.cri.crio.get("cgroup_manager", "systemd"))
    runc = facts.cri.section.get("runtimes", {}).get("runc", {})
    options = runc.get("options", {}) if isinstance(runc, dict) else {}
    set_it = options.get("SystemdCgroup") if isinstance(options, dict) else None
    if facts.kubelet.minor >= 31 and not facts.kubelet.flag("cgroup-driver"):
        return ""  # from there on it takes the runtime's
    return "" if set_it is None else "systemd" if set_it else "cgroupfs"
