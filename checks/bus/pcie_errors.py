"""The PCIe links of the GPUs have few errors, and none that was not corrected.

The kernel counts them (AER). Corrected ones by the thousand mean a bad contact, riser or cable; one that was not
corrected has lost data, and often the GPU with it.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.trouble import blamed
from checks.finding import Finding, by_hand, fail, ok, warn
from checks.profiles.profile import Profile

RESTS_ON = ("gpu_on_bus", "gpu_off_bus")
MANY = 1000
"""Corrected errors since the boot from which a link is bad."""


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    known = blamed(facts)
    owners = {name: f.address for f in facts.pcie.functions.values() for name in (f.address, f.above) if name}
    bad: dict[str, Finding] = {}
    for error in facts.pcie.errors:
        gpu = owners.get(error.address, "")
        if not gpu or gpu in known or error.name.startswith("TOTAL"):
            continue
        evidence = f"/sys/bus/pci/devices/{error.address}/aer_dev_{error.kind}: {error.name} {error.count}"
        if error.kind != "correctable":
            bad[gpu] = fail(
                f"{error.count} PCIe error(s) that were not corrected ({error.name})",
                why="data on the way to or from the GPU were lost",
                evidence=evidence,
                remedy=by_hand("drain the host, seat the card anew, try another riser or slot; else replace it"),
                subject=gpu,
            )
        elif error.count >= MANY:
            bad.setdefault(
                gpu,
                warn(
                    f"{error.count} corrected PCIe errors ({error.name})",
                    why="the link spends its time on repeating; worse errors follow",
                    evidence=evidence,
                    remedy=by_hand("seat the card anew, clean its contacts, try another riser, cable or slot"),
                    subject=gpu,
                ),
            )
    yield from bad.values()
    if not bad:
        yield ok("no PCIe error to speak of")
