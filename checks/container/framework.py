"""TensorFlow or PyTorch computes on the GPU in a container, by each way to the GPUs that this host has.

nvidia-smi in a container proves that the driver is there, not that anything computes: a library that is missing sends
TensorFlow to the CPU without a word but its log. So a product is worked out, and where it was placed is read from
there. It is asked only with --framework and --image.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.framework import Ran
from checks.facts.framework_programs import NAMES
from checks.finding import Finding, by_hand, fail, ok, skipped, unknown
from checks.profiles.profile import Profile

RESTS_ON = ("nvidia_smi", "docker_running")

PRODUCT = [[22.0, 28.0], [49.0, 64.0]]
"""[[1, 2, 3], [4, 5, 6]] times [[1, 2], [3, 4], [5, 6]]."""

WORDS = {
    "docker": "docker's plain flags",
    "nvidia-docker": "nvidia-docker",
    "runtime": "the runtime nvidia",
    "cdi": "CDI",
    "pod": "a pod",
}


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    if "framework" not in facts.recording.readings:
        yield skipped("not asked for: add --framework tensorflow --image IMAGE")
        return
    found = facts.framework
    if found.not_asked:
        yield unknown(f"no container was started: {found.not_asked}")
    elif not found.ways:
        yield fail(
            "this host has no way to give a container its GPUs",
            why="there is no driver volume, no nvidia-docker, no runtime nvidia and no CDI specification",
            evidence="docker volume ls, docker info: none of them",
            remedy=by_hand("provision the host, or docker-args --driver folder"),
        )
    for way, ran in found.ways:
        unlabelled = way == "nvidia-docker" and found.unlabelled
        yield _judged(found.framework, way, ran, unlabelled=unlabelled)


def _judged(framework: str, way: str, ran: Ran, *, unlabelled: bool = False) -> Finding:
    """The finding for one run of the program."""
    name, through = NAMES[framework], WORDS[way]
    if ran.late:
        return fail(
            f"{name} did not end in time, through {through}",
            why="a GPU that is newer than the image makes it compile its kernels anew, which takes up to half an hour; "
            "one that hangs never ends",
            evidence=ran.reason,
            remedy=by_hand("the same again with --deadline 30m; nvidia-smi meanwhile shows whether the GPU works"),
            subject=way,
        )
    if ran.product is None:
        return fail(
            f"{name} did not get as far as the product, through {through}",
            why="nothing that uses it runs in this image on this host",
            evidence=ran.reason,
            remedy=by_hand("see the line; an image of another version of the framework tells whether it is the image"),
            subject=way,
        )
    if ran.product != PRODUCT or ran.sum != "42":
        return fail(
            f"{name} computes wrong, through {through}",
            why="every result of this host is in doubt",
            evidence=f"the product is {ran.product}, not {PRODUCT}; 10 + 32 is {ran.sum or 'missing'}",
            remedy=by_hand("take the GPU out of service; doctor, then DCGM's diagnostics (dcgmi diag -r 3)"),
            subject=way,
        )
    if not ran.device:
        return unknown(f"{name} does not say where it placed the product, through {through}")
    if not ran.device.startswith("gpu"):
        return _on_the_cpu(name, way, ran, unlabelled=unlabelled)
    return ok(f"{name} {ran.version} computes on {ran.device}, through {through}", ran.placed)


def _on_the_cpu(name: str, way: str, ran: Ran, *, unlabelled: bool) -> Finding:
    cause = "the image has no label com.nvidia.volumes.needed, by which nvidia-docker 1.x knows its own; " * unlabelled
    return fail(
        f"the product was placed on the CPU, through {WORDS[way]}",
        why=f"{name} finds no GPU in the container and goes on without a word: everything runs, at a hundredth of the "
        "speed",
        evidence=f"{ran.placed}; {cause}{ran.reason}",
        remedy=by_hand(
            "an image with GPU support, for a CUDA that this driver runs; docker-args prints the flags that a "
            "container needs"
        ),
        subject=way,
    )
