"""The container runtime of this node has an NVIDIA runtime, or gives GPUs by CDI.

The device plugin itself runs in a pod: without the NVIDIA runtime it sees no driver ("Incompatible platform detected",
NVIDIA/k8s-device-plugin issue 478), and pods of the runtime class nvidia do not start.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok, skipped
from checks.profiles.profile import Profile

RESTS_ON = ("gpu_on_bus", "kubelet_runtime", "containerd_runtimes")


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    kubelet = facts.kubelet
    gate = kubelet.gates.get("Accelerators", ("", ""))[0] == "true"
    if not kubelet.present or gate:
        yield skipped("not applicable: there is no kubelet here, or it gives out GPUs by itself (Accelerators)")
        return
    why = "the device plugin sees no driver, and no pod gets a GPU"
    if not kubelet.endpoint or "docker" in kubelet.endpoint:
        default = facts.docker.live.default_runtime
        if "nvidia" in default:
            yield ok("docker's default runtime is nvidia")
        else:
            yield fail(
                f"docker's default runtime is {default or 'not known'}, and kubelet has no other way to ask for nvidia",
                why=why,
                evidence=f"docker info: DefaultRuntime {default}",
                remedy=by_hand("nvidia-ctk runtime configure --runtime=docker --nvidia-set-as-default; restart docker"),
            )
    else:
        crio = "crio" in kubelet.endpoint
        runtimes = (facts.cri.crio if crio else facts.cri.section).get("runtimes", {})
        if any("nvidia" in f"{name} {value}" for name, value in runtimes.items()):
            yield ok("pods can ask for an NVIDIA runtime")
        elif facts.cdi.gpus:
            yield ok("pods get GPUs by CDI")
        else:
            engine = "crio" if crio else "containerd"
            yield fail(
                f"{engine} has no NVIDIA runtime, and no CDI spec defines GPUs",
                why=why,
                evidence=f"{engine}'s runtimes: {', '.join(runtimes) or 'only its own'}",
                remedy=by_hand(f"nvidia-ctk runtime configure --runtime={engine}; systemctl restart {engine}"),
            )
