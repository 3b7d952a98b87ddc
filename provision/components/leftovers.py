"""A driver of another origin goes before the profile's comes, where `driver.replace` says so: exactly what is shown.

Packages that something else still needs are not removed, and the step fails with their names. Packages are kept for the
undo; what NVIDIA's runfile put there can only be taken away.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.profiles import leftovers
from checks.profiles.profile import Profile
from provision.step import GPU_PROGRAMS, Step, words

RESTS_ON = ("package_sources", "repositories", "kernel_headers", "signing_key")


def plan(facts: Facts, profile: Profile) -> Iterator[Step]:
    if not profile.driver.replace:
        return
    foreign, program = leftovers.there(facts, profile), leftovers.runfile(facts)
    names = leftovers.packages(facts) if foreign else ()
    stops = (GPU_PROGRAMS,) if "nvidia" in facts.modules else ()
    if program and (foreign or leftovers.beside(facts, profile)):
        restored = [package.name for package in facts.packages.driver]
        yield Step(
            f"remove the driver that NVIDIA's runfile installed, by {program} --uninstall",
            why="driver.replace: two drivers overwrite one another's files. This cannot be undone, but by running the "
            "runfile again",
            script=f"{program} --uninstall --silent\n"
            + (f"reinstall_packages {words(restored)}\n" if restored and not foreign else "")
            + "ldconfig\n",
            disrupts=stops,
        )
    if names:
        yield Step(
            f"remove the driver of another origin: {' '.join(names)}",
            why=f"driver.replace: the profile's driver is from elsewhere, and this one from {leftovers.origin(facts)}",
            script=f"remove_packages {words(names)}\n",
            undo="undo_packages\n",
            disrupts=stops,
        )
