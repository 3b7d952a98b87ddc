"""Every GPU's PCIe link has as many lanes, and under load the speed, that GPU and slot can both do.

A card that is not quite seated, a bad riser or a dirty contact costs lanes; transfers then take twice or sixteen times
as long and nothing fails. An idle link is slow on purpose (ASPM), so that speed counts only while the GPU works.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.pcie import Function
from checks.facts.reading import Unknown
from checks.finding import Finding, by_hand, ok, skipped, warn
from checks.profiles.profile import Profile

RESTS_ON = ("gpu_on_bus", "gpu_off_bus")
BUSY = 50
"""Per cent of use from which the link is expected to run at its speed."""


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    pcie = facts.pcie
    links = [pcie.functions[gpu.address] for gpu in facts.pci.gpus if gpu.address in pcie.functions]
    links = [function for function in links if function.link.width]
    found = [finding for function in links for finding in _of(function, facts)]
    yield from found
    if not links:
        yield skipped("not applicable: /sys shows no PCIe link of these GPUs")
    elif not found:
        yield ok(f"{len(links)} GPU(s) have all their lanes")


def _of(function: Function, facts: Facts) -> Iterator[Finding]:
    link, slot, virtual = function.link, function.slot, facts.pcie.virtual
    lanes = min(link.max_width, slot.max_width or link.max_width) if not virtual else link.max_width
    speed = min(link.max_speed, slot.max_speed or link.max_speed)
    if link.width < lanes:
        yield _slow(function, f"{link.width} of {lanes} PCIe lanes", f"current_link_width {link.width} of {lanes}")
    elif not virtual and 0 < slot.max_width < link.max_width:
        yield _slow(
            function,
            f"a slot of {slot.max_width} lanes, {link.max_width} would fit",
            f"{function.above}: max_link_width",
        )
    elif not virtual and 0 < link.speed < speed and _works(facts, function.address):
        yield _slow(function, f"{link.speed:g} of {speed:g} GT/s under load", f"current_link_speed {link.speed:g} GT/s")


def _slow(function: Function, what: str, evidence: str) -> Finding:
    return warn(
        f"the GPU has {what}",
        why="copies to and from it, and between GPUs without NVLink, take that much longer; nothing else tells",
        evidence=f"/sys/bus/pci/devices/{function.address}: {evidence}",
        remedy=by_hand(
            "seat the card anew, clean its contacts, try another riser or slot; see the firmware's settings"
        ),
        subject=function.address,
    )


def _works(facts: Facts, address: str) -> bool:
    try:
        gpu = next((gpu for gpu in facts.smi.answering if gpu.address == address), None)
        return gpu is not None and (gpu.number("Utilization/GPU") or 0) >= BUSY
    except Unknown:
        return False
