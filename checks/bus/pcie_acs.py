"""On bare metal no bridge sends what GPUs tell each other up to the processor: ACS is off.

With Access Control Services on, copies between GPUs go through the root complex, slower by half, and hang where an
IOMMU does not let them pass. In a virtual machine ACS is what makes passing a GPU through safe.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, ok, skipped, warn
from checks.profiles.profile import Profile

RESTS_ON = ("gpu_on_bus",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    bridges = facts.pcie.acs
    if facts.pcie.virtual:
        yield skipped("not applicable: a virtual machine")
    elif len(facts.pci.gpus) < 2:
        yield skipped("not applicable: one GPU")
    elif bridges is None:
        yield skipped("lspci is not installed: whether ACS is on was not asked")
    elif bridges:
        yield warn(
            f"ACS is on at {len(bridges)} PCI bridge(s)",
            why="GPUs reach each other only through the processor: slow, and with an IOMMU perhaps not at all",
            evidence=f"lspci -vvv: {bridges[0]}: ACSCtl: SrcValid+",
            remedy=by_hand("switch ACS off in the firmware, or for each bridge: setpci -s ADDRESS ECAP_ACS+6.w=0000"),
        )
    else:
        yield ok("ACS is off")
