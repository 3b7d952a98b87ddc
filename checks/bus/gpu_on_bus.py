"""The PCI bus shows at least one NVIDIA GPU, and as many as the profile expects.

A GPU that is missing here is missing for everything above: not seated, not powered, disabled in the firmware, not
passed through to this virtual machine, or fallen off the bus.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok
from checks.profiles.profile import Profile

RESTS_ON = ()


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    found, want = facts.pci.gpus, profile.expected_gpus
    evidence = "; ".join(facts.pci.line(gpu) for gpu in found) or "lspci -d 10de: prints nothing"
    if found and len(found) >= want:
        yield ok(f"{len(found)} NVIDIA GPU{'s' * (len(found) > 1)} on the PCI bus", evidence)
        return
    yield fail(
        f"{len(found)} of {want} GPUs on the PCI bus" if want else "no NVIDIA GPU on the PCI bus",
        why="nothing above can use a GPU that the bus does not show",
        evidence=evidence,
        remedy=by_hand("check seating, power and firmware settings, or the pass-through of the virtual machine"),
    )
