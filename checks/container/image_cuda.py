"""The images here ask for no newer CUDA than this driver runs.

A container of a newer one does not start ("unsatisfied condition: cuda>=12.8"), or its programs say that the driver is
too old (NVIDIA/nvidia-docker issue 1442). Images say what they need in NVIDIA_REQUIRE_CUDA.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.cuda import ceiling, holds
from checks.finding import Finding, by_hand, ok, skipped, warn
from checks.profiles.profile import Profile

RESTS_ON = ("driver_loaded", "docker_running")


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    driver, images = facts.modules["nvidia"].version, facts.containers.images
    newer = [image for image in images if not holds(image.needs, driver)]
    if not images:
        yield skipped("not applicable: no image here says which CUDA it needs")
    elif newer:
        yield warn(
            f"{len(newer)} of {len(images)} images need a newer driver than {driver}: {newer[0].name}",
            why=f"driver {driver} runs CUDA {ceiling(driver)} at most; such a container does not start",
            evidence=f"{newer[0].name}: NVIDIA_REQUIRE_CUDA={newer[0].needs[:120]}",
            remedy=by_hand(f"an image for CUDA {ceiling(driver)} or older, or a newer driver"),
            when="next start",
        )
    else:
        yield ok(f"the {len(images)} image(s) that name a CUDA version run on driver {driver}")
