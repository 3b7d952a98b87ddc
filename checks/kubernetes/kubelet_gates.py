"""The kubelet has the GPU feature gates that the profile asks for, knows each that it is told, and not both at once.

Accelerators is known up to 1.10, DevicePlugins from 1.8 to 1.27, and locked to true from 1.26 on; a kubelet that is
told otherwise ends at once, and systemd starts it for ever (Azure/acs-engine issue 2790). With both on the old one
interferes (k8s-device-plugin v1.9, README).
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.kubelet import Kubelet
from checks.finding import Finding, by_hand, fail, ok, provision, skipped, warn
from checks.profiles.kubelet_gates import (
    ACCELERATORS,
    KEEP,
    KNOWN,
    PLUGINS,
    Wanted,
    knows,
    locked_off,
    planned_for,
    plugins_refused,
    refused,
    wanted,
)
from checks.profiles.profile import Profile

RESTS_ON: tuple[str, ...] = ()


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    kubelet, asks = facts.kubelet, profile.kubelet
    want = wanted(facts, profile)
    if not kubelet.present or not kubelet.minor:
        yield skipped("not applicable: there is no kubelet here whose version can be told")
        return
    why = planned_for(facts, profile)
    said = [*_unknown(kubelet, want, why), *_lacking(kubelet, want)]
    if asks.device_plugins is True and (why := plugins_refused(kubelet)):
        said.append(_no_plugins(why))
    elif asks.accelerators is True and (why := refused(kubelet)):
        said.append(_refused(why))
    elif asks.accelerators == asks.device_plugins == KEEP and not said:
        said += _both(kubelet)
    known = [name for name in kubelet.gates if name in KNOWN]
    yield from said or [ok(f"kubelet 1.{kubelet.minor} knows its gates" + (f": {', '.join(known)}" if known else ""))]


def _place(kubelet: Kubelet, name: str) -> str:
    value, place = kubelet.gates.get(name, ("", ""))
    return f"{place}: {name}={value}" if place else f"{name} is not set"


def _unknown(kubelet: Kubelet, want: Wanted, unplanned: str) -> Iterator[Finding]:
    for name in want.gates:
        first, last = KNOWN[name]
        if not knows(name, kubelet.minor):
            place = kubelet.gates.get(name, ("", "its flags"))[1]
            by_person = f"take {name} out of {place}, then systemctl restart kubelet; nothing is planned: {unplanned}"
            yield fail(
                f"kubelet 1.{kubelet.minor} does not know the feature gate {name}",
                why="it ends at each start, so this node takes no pods at all",
                evidence=f"{_place(kubelet, name)}; known in 1.{first} to 1.{last}",
                remedy=by_hand(by_person) if unplanned else provision("kubelet_gates"),
            )


def _lacking(kubelet: Kubelet, want: Wanted) -> Iterator[Finding]:
    for name, value in want.gates.items():
        if not knows(name, kubelet.minor):
            continue
        if name == PLUGINS and locked_off(kubelet):
            yield fail(
                f"kubelet 1.{kubelet.minor} is told to leave DevicePlugins off, which it does not take",
                why="it ends at each start: the gate is locked to true since 1.26",
                evidence=_place(kubelet, name),
                remedy=provision("kubelet_gates"),
            )
            continue
        to_be = f"to be {value}" if value else "not to be set"
        yield fail(
            f"the feature gate {name} is {to_be}",
            why="GPUs are given out by the kubelet (Accelerators) or by a device plugin (DevicePlugins), never by both",
            evidence=_place(kubelet, name),
            remedy=provision("kubelet_gates"),
        )
    if want.restart:
        yield fail(
            "the kubelet has not been restarted since its feature gates were changed",
            why="it still runs with the old ones",
            evidence=" ".join(kubelet.args)[:300],
            remedy=provision("kubelet_gates"),
        )


def _no_plugins(why: str) -> Finding:
    return fail(
        f"the profile asks for the device plugin: {why}",
        why="pods get no GPUs by nvidia.com/gpu here",
        evidence=why,
        remedy=by_hand(
            "upgrade Kubernetes, to 1.10 or later for today's plugin; till then kubelet.accelerators = true"
        ),
    )


def _refused(why: str) -> Finding:
    return fail(
        f"the profile asks for Accelerators: {why}",
        why="pods get no GPUs by alpha.kubernetes.io/nvidia-gpu here",
        evidence=why,
        remedy=by_hand(_INSTEAD[next(word for word in _INSTEAD if word in why)]),
    )


_INSTEAD = {
    "docker alone": "let the kubelet ask docker, or use NVIDIA's device plugin from 1.8 on",
    "came with": "upgrade Kubernetes; before 1.6 there was --experimental-nvidia-gpus, for one GPU",
    "": "use NVIDIA's device plugin (nvidia.com/gpu) and set kubelet.accelerators = false in the profile",
}


def _both(kubelet: Kubelet) -> Iterator[Finding]:
    on = [name for name in KNOWN if kubelet.gates.get(name, ("", ""))[0] in ("true", "1", "t")]
    if len(on) == len(KNOWN):
        yield warn(
            "Accelerators and DevicePlugins are both on",
            why="the old way interferes with the device plugin, and pods get GPUs that others have",
            evidence=", ".join(f"{kubelet.gates[name][1]}: {name}" for name in on),
            remedy=by_hand(
                f"say in the profile which one stays: kubelet.accelerators = true or false; else take {ACCELERATORS} "
                f"out of {kubelet.gates[ACCELERATORS][1]}, then systemctl restart kubelet"
            ),
        )
