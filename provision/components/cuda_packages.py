"""CUDA's packages beside each other: toolkits, cuDNN, NCCL, DCGM; and never one that brings a driver.

They come from the profile's repositories. Toolkits of several versions lie side by side below /usr/local.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.profiles import cuda_packages, pins, wants
from checks.profiles.profile import Profile
from provision.step import Step, words

RESTS_ON = ("package_sources", "repositories")


def plan(facts: Facts, profile: Profile) -> Iterator[Step]:
    lacking = cuda_packages.lacking(facts, profile) if cuda_packages.asked(profile) else ()
    if lacking:
        asked = pins.asked(lacking, facts.os.family)
        update = "apt update\n" if wants.lists_are_old(facts) else ""
        yield Step(
            f"install {' '.join(lacking)}",
            why="the profile asks for them; none brings a driver",
            script=f"{update}install_packages {words(asked)}\n",
            undo="undo_packages\n",
            installs=asked,
        )
