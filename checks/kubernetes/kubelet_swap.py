"""Swap is off, or the kubelet is told to live with it: else it does not start."""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok, skipped, warn
from checks.profiles.profile import Profile

RESTS_ON: tuple[str, ...] = ()


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    kubelet = facts.kubelet
    if not kubelet.present:
        yield skipped("not applicable: there is no kubelet here")
    elif not kubelet.swap or kubelet.tolerates_swap:
        yield ok("swap is off, or kubelet is told to live with it")
    else:
        said = f"swap is on ({', '.join(kubelet.swap)}), and kubelet is not told to live with it"
        why = "kubelet refuses to start: running with swap on is not supported"
        remedy = by_hand("swapoff -a, and take its line out of /etc/fstab; or failSwapOn: false")
        evidence = f"/proc/swaps: {kubelet.swap[0]}"
        if kubelet.active and kubelet.healthz == "ok":
            yield warn(said, why=why, evidence=evidence, remedy=remedy, when="next restart of kubelet")
        else:
            yield fail(said, why=why, evidence=evidence, remedy=remedy)
