"""The fabric manager has taken every GPU into the NVLink fabric, and the fabric is healthy.

From Hopper on each GPU tells how far that is. Until it is completed CUDA does not start on the GPU: error 802, "system
not yet initialized".
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.query import Gpu
from checks.finding import Finding, by_hand, fail, ok, skipped
from checks.profiles.profile import Profile

RESTS_ON = ("nvidia_smi", "fabric_manager")
HEALTH = ("Summary", "Bandwidth", "Route Unhealthy", "Access Timeout Recovery", "Incorrect Configuration")
BAD = ("unhealthy", "limited capacity", "degraded", "true", "yes", "incorrect")


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    gpus = [gpu for gpu in facts.smi.answering if gpu.says("Fabric/State")]
    found = [(gpu, said) for gpu in gpus if (said := _wrong(gpu))]
    for gpu, said in found:
        yield fail(
            f"the GPU is not well in the NVLink fabric: {said}",
            why='CUDA does not start on it ("system not yet initialized"), or jobs over several GPUs are slow or fail',
            evidence=f"nvidia-smi -q: Fabric: {said}",
            remedy=by_hand("systemctl status nvidia-fabricmanager; read its log; restart it while no job runs"),
            subject=gpu.address,
        )
    if not gpus:
        yield skipped("not applicable: these GPUs are in no fabric, or the driver does not say")
    elif not found:
        yield ok(f"{len(gpus)} GPU(s) are in the fabric")


def _wrong(gpu: Gpu) -> str:
    state, status = gpu.says("Fabric/State"), gpu.says("Fabric/Status")
    if state != "Completed":
        return f"State {state}"
    if status not in ("", "Success"):
        return f"Status {status}"
    said = ((part, gpu.says(f"Fabric/Health/{part}")) for part in HEALTH)
    return next((f"{part} {value}" for part, value in said if value.lower() in BAD), "")
