"""On bare metal no IOMMU translates what GPUs without NVLink send to each other.

CUDA does not support copies between GPUs over PCIe with a translating IOMMU: they are wrong, hang or are slow (CUDA C++
Programming Guide, "IOMMU on Linux"). Mapping one to one (iommu=pt) leaves it on without that.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, ok, skipped, warn
from checks.profiles.profile import Profile

RESTS_ON = ("gpu_on_bus",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    gpus = [gpu.address for gpu in facts.pci.gpus]
    kinds = {address: facts.isolation.iommu.get(address, "") for address in gpus}
    mapped = {address: kind for address, kind in kinds.items() if kind.startswith("DMA")}
    if facts.machine.virtual:
        yield skipped("not applicable: a virtual machine")
    elif len(gpus) < 2 or not facts.host.machine.startswith("x86"):
        yield skipped("not applicable: one GPU, or no x86 processor")
    elif mapped:
        address, kind = next(iter(mapped.items()))
        yield warn(
            f"the IOMMU translates for {len(mapped)} of {len(gpus)} GPUs",
            why="copies between GPUs over PCIe are slow, and without NVLink may hang or be wrong",
            evidence=f"/sys/bus/pci/devices/{address}/iommu_group/type: {kind}",
            remedy=by_hand("boot with iommu=pt (GRUB_CMDLINE_LINUX), or switch the IOMMU off in the firmware"),
        )
    else:
        yield ok("no IOMMU translates for the GPUs")
