"""The kubelet knows each GPU feature gate that it is told to set, and not both at once.

Accelerators is known up to 1.10, DevicePlugins from 1.8 to 1.27; a kubelet that is told of any other gate ends at once,
and systemd starts it for ever (Azure/acs-engine issue 2790). With both on the old one interferes (k8s-device-plugin
v1.9, README).
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok, skipped, warn
from checks.profiles.profile import Profile

RESTS_ON: tuple[str, ...] = ()
KNOWN = {"Accelerators": (6, 10), "DevicePlugins": (8, 27)}
"""The first and the last minor version of Kubernetes 1 that knows the gate (kubernetes/website, feature-gates/)."""


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    kubelet = facts.kubelet
    if not kubelet.present or not kubelet.minor:
        yield skipped("not applicable: there is no kubelet here whose version can be told")
        return
    found = {name: where for name, where in kubelet.gates.items() if name in KNOWN}
    unknown = [name for name in found if not KNOWN[name][0] <= kubelet.minor <= KNOWN[name][1]]
    on = [name for name, (value, _) in found.items() if value in ("true", "1", "t")]
    remedy = "take {0} out of {1}, then systemctl daemon-reload; systemctl restart kubelet"
    for name in unknown:
        yield fail(
            f"kubelet 1.{kubelet.minor} does not know the feature gate {name}",
            why="it ends at each start, so this node takes no pods at all",
            evidence=f"{found[name][1]}: {name}={found[name][0]}; known in 1.{KNOWN[name][0]} to 1.{KNOWN[name][1]}",
            remedy=by_hand(remedy.format(name, found[name][1])),
        )
    if not unknown and len(on) == len(KNOWN):
        yield warn(
            "Accelerators and DevicePlugins are both on",
            why="the old way interferes with the device plugin, and pods get GPUs that others have",
            evidence=", ".join(f"{found[name][1]}: {name}" for name in on),
            remedy=by_hand(remedy.format("Accelerators", found["Accelerators"][1])),
        )
    elif not unknown:
        yield ok(f"kubelet 1.{kubelet.minor} knows its gates" + (f": {', '.join(found)}" if found else ""))
