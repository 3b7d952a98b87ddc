"""The driver is the profile's own: no runfile put it there, no other repository.

One of another origin is left alone, and with it what the profile asks of a driver: its version, its flavour, its holds.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, ok, provision, warn
from checks.profiles import leftovers, wants
from checks.profiles.profile import Profile

RESTS_ON = ("packages_configured", "gpu_on_bus", "gpu_supported")


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    replaced = profile.driver.replace
    if leftovers.there(facts, profile):
        found = leftovers.runfile(facts) or leftovers.packages(facts)
        yield warn(
            f"the driver is not the profile's: it is from {leftovers.origin(facts)}",
            why="it is replaced"
            if replaced
            else "provisioning leaves it alone, whatever the profile says of the driver",
            evidence=f"modinfo: {facts.driver.built[0].name} {facts.driver.built[0].version}; not installed: "
            f"{', '.join(wants.drivers(facts, profile)[:3])}",
            remedy=provision("leftovers")
            if replaced and found
            else by_hand("driver.replace = true in the profile: provisioning then removes it and installs its own"),
        )
    elif replaced and leftovers.beside(facts, profile):
        yield warn(
            "a driver was installed by NVIDIA's runfile over the one from packages",
            why="the two overwrite one another's files at each upgrade",
            evidence=f"{leftovers.runfile(facts)} exists, and so does the package {facts.packages.driver[0].name}",
            remedy=provision("leftovers"),
        )
    else:
        yield ok("no driver of another origin")
