"""The kubelet runs and says that it is healthy (127.0.0.1:10248/healthz)."""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_command, by_hand, fail, ok, skipped, unknown
from checks.profiles.profile import Profile

RESTS_ON = ("kubelet_gates", "kubelet_swap", "kubelet_runtime", "kubelet_cgroups")


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    kubelet = facts.kubelet
    said = [line for line in kubelet.journal if line.startswith(("E", "F")) or "err=" in line or "rror" in line]
    evidence = (said or list(kubelet.journal) or [f"systemctl: {kubelet.unit.get('ActiveState', 'unknown')}"])[-1][:300]
    state, sub = kubelet.unit.get("ActiveState", "unknown"), kubelet.unit.get("SubState", "unknown")
    if not kubelet.present:
        yield skipped("not applicable: there is no kubelet here")
    elif not kubelet.active:
        again = state == "inactive" and not said
        yield fail(
            f"kubelet is not running ({state}, {sub})",
            why="this node takes no pods",
            evidence=evidence,
            remedy=by_command("systemctl start kubelet", "systemctl stop kubelet")
            if again
            else by_hand("journalctl -u kubelet -n 50"),
        )
    elif kubelet.healthz in ("", "untold"):
        yield unknown("kubelet runs, and nothing here can ask it for its health: no curl, wget or bash")
    elif kubelet.healthz != "ok":
        yield fail(
            "kubelet runs, and is not healthy",
            why="the cluster counts this node as not ready, and moves its pods away",
            evidence=f"healthz: {kubelet.healthz}; {evidence}",
            remedy=by_hand("journalctl -u kubelet -n 50"),
        )
    else:
        yield ok(f"kubelet is healthy, {kubelet.version or 'version unknown'}")
