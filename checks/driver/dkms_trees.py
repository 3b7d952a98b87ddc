"""Every version of the driver in DKMS' tree has its dkms.conf.

An orphan, whose sources were removed behind DKMS' back, makes each later run of dkms end with "Could not locate
dkms.conf file", also the one that is to build the driver for a new kernel (dkms-project/dkms issues).
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_command, ok, warn
from checks.profiles.profile import Profile

RESTS_ON = ()


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    orphans = [tree.name for tree in facts.dkms if not tree.has_conf]
    for name in orphans:
        kept = f"/var/lib/dkms-{name.replace('/', '-')}"
        yield warn(
            f"DKMS' tree {name} has lost its sources",
            why='dkms stops with "Could not locate dkms.conf file", and no driver is built for the next kernel',
            evidence=f"/var/lib/dkms/{name}/source/dkms.conf does not exist",
            remedy=by_command(f"mv /var/lib/dkms/{name} {kept}", undo=f"mv {kept} /var/lib/dkms/{name}"),
            when="next kernel upgrade",
        )
    if not orphans:
        yield ok(f"{len(facts.dkms)} version(s) of the driver in DKMS' tree, each with its sources")
