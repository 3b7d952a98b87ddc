"""Each CDI device is defined by one file.

Of two folders the later one wins without a word, so a spec made by hand in /etc/cdi does not count beside the one of
nvidia-cdi-refresh in /var/run/cdi. Of two files in one folder neither counts, and the device is gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from checks.facts import Facts
from checks.finding import Finding, by_command, fail, ok, skipped, warn
from checks.profiles.profile import Profile

RESTS_ON = ("cdi_spec",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    found = False
    for one, other in combinations(facts.cdi.specs, 2):
        both = sorted(set(one.devices) & set(other.devices))
        if not both:
            continue
        found = True
        evidence = f"{one.path} and {other.path}: {', '.join(both)}"
        remedy = by_command(f"mv {one.path} {one.path}.away", f"mv {one.path}.away {one.path}")
        if one.folder == other.folder:
            yield fail(
                f"{both[0]} is defined by two files of {one.folder}",
                why="conflicting device: neither file counts, and containers that ask for it do not start",
                evidence=evidence,
                remedy=remedy,
            )
        else:
            yield warn(
                f"{both[0]} is defined in {one.folder} and in {other.folder}",
                why=f"{other.path} wins without a word; what is changed in {one.path} has no effect",
                evidence=evidence,
                remedy=remedy,
            )
    if not facts.cdi.specs:
        yield skipped("not applicable: there is no CDI spec")
    elif not found:
        yield ok("each CDI device is defined once")
