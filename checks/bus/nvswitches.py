"""A board of eight NVLink GPUs shows its NVSwitches on the bus.

Without them the GPUs reach each other over PCIe alone, and CUDA does not start ("system not yet initialized"). A
virtual machine may have them kept from it on purpose. Four belong to HGX H100 and H200, six to HGX A100 (NVIDIA's
Fabric Manager User Guide); from Blackwell on they show as InfiniBand devices and are not counted here.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts, nvlink
from checks.finding import Finding, by_hand, fail, ok, skipped
from checks.profiles.profile import Profile

RESTS_ON = ("gpu_on_bus", "gpu_off_bus")


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    found = nvlink.switches(facts.pci)
    want = nvlink.expected_switches(facts.pci)
    if not want and not found:
        yield skipped("not applicable: no board with NVSwitches")
    elif not found and facts.pcie.virtual:
        yield ok("this virtual machine is not shown the NVSwitches")
    elif len(found) < want:
        yield fail(
            f"{len(found)} of {want} NVSwitches on the bus",
            why="GPUs reach each other over PCIe alone, or CUDA does not start at all",
            evidence="; ".join(facts.pci.line(switch) for switch in found) or "lspci -d 10de::0680 prints nothing",
            remedy=by_hand("switch the host off and on; then have the board looked at"),
        )
    else:
        yield ok(f"{len(found)} NVSwitches")
