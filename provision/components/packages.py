"""The package manager: what an interrupted run of dpkg left half done is finished before anything else."""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.profiles.profile import Profile
from provision.step import Step

RESTS_ON = ()


def plan(facts: Facts, profile: Profile) -> Iterator[Step]:  # noqa: ARG001 - one shape for every component
    half = facts.packages.half_done
    if half:
        names = ", ".join(package.name for package in half[:5]) + (", ..." if len(half) > 5 else "")
        yield Step(
            f"finish the interrupted installation of {names}",
            why="apt refuses all other work until then",
            script="mend_packages\n",
        )
