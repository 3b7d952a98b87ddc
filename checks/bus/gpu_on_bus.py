"""The PCI bus shows at least one NVIDIA GPU.

A GPU that is missing here is missing for everything above: not seated, not powered, disabled in the firmware, not
passed through to this virtual machine, or fallen off the bus.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok
from checks.profiles.profile import Profile

RESTS_ON = ()


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    found = facts.pci.gpus
    if found:
        lines = "; ".join(facts.pci.line(gpu) for gpu in found)
        yield ok(f"{len(found)} NVIDIA GPU{'s' * (len(found) > 1)} on the PCI bus", lines)
        return
    yield fail(
        "no NVIDIA GPU on the PCI bus",
        why="nothing above can use a GPU that the bus does not show",
        evidence="lspci -d 10de: prints no display or 3D controller",
        remedy=by_hand("check seating, power and firmware settings, or the pass-through of the virtual machine"),
    )
