"""No pod here asks for GPUs by their first name, alpha.kubernetes.io/nvidia-gpu, which is gone since 1.11.

Such a pod stays pending for ever: the name was served by kubelet itself, behind the gate Accelerators (kubernetes issue
57384).
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.kubelet import GPU, OLD_GPU
from checks.finding import Finding, by_hand, ok, skipped, warn
from checks.profiles.profile import Profile

RESTS_ON: tuple[str, ...] = ()


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    kubelet = facts.kubelet
    asking = [*kubelet.manifests, *(name for name, resource in kubelet.pods if resource == OLD_GPU)]
    if not kubelet.present or kubelet.minor <= 10:
        yield skipped("not applicable: there is no kubelet here that has dropped the old name of GPUs")
    elif asking:
        yield warn(
            f"{len(asking)} pod(s) ask for {OLD_GPU}: {asking[0]}",
            why="nothing offers that name since 1.11, so they never start",
            evidence=f"{asking[0]}: limits: {OLD_GPU}",
            remedy=by_hand(f"ask for {GPU} in the limits of {asking[0]}"),
        )
    else:
        yield ok("no pod here asks for GPUs by the old name")
