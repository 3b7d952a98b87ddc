"""The container runtime that the kubelet asks is there, and speaks its language.

docker itself does so up to 1.23; from 1.24 on it needs cri-dockerd. Docker's own package of containerd comes with the
Kubernetes plugin disabled (containerd issue 4581).
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.cri import CONTAINERD
from checks.finding import Finding, by_hand, fail, ok, skipped
from checks.profiles.profile import Profile

RESTS_ON = ("containerd_config", "crio_config")


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    kubelet = facts.kubelet
    if not kubelet.present:
        yield skipped("not applicable: there is no kubelet here")
        return
    endpoint = kubelet.endpoint
    disabled = [str(name) for name in facts.cri.table(CONTAINERD).get("disabled_plugins", [])]
    why = "kubelet cannot start a single pod"
    if "dockershim" in endpoint and kubelet.minor >= 24:
        yield fail(
            f"kubelet 1.{kubelet.minor} is told to ask docker by dockershim, which is gone since 1.24",
            why=why,
            evidence=f"container-runtime-endpoint {endpoint}",
            remedy=by_hand("install cri-dockerd, or point kubelet to containerd"),
        )
    elif endpoint and endpoint not in kubelet.sockets:
        yield fail(
            f"the container runtime's socket {endpoint} is not there",
            why=why,
            evidence=f"sockets: {', '.join(kubelet.sockets) or 'none'}",
            remedy=by_hand("start that runtime, or set container-runtime-endpoint to one that is there"),
        )
    elif "containerd" in endpoint and any(name.endswith("cri") for name in disabled):
        yield fail(
            "containerd runs without its Kubernetes plugin",
            why="kubelet ends: unknown service runtime.v1.RuntimeService",
            evidence=f"{CONTAINERD}: disabled_plugins = {disabled}",
            remedy=by_hand(f'take "cri" out of disabled_plugins in {CONTAINERD}, systemctl restart containerd'),
        )
    else:
        yield ok(f"kubelet's container runtime is there: {endpoint or 'docker'}")
