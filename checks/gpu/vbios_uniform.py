"""All boards of one make have one VBIOS.

A different one means other limits of power, clocks and fans, and is the first thing to rule out when one GPU of several
behaves differently.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, ok, skipped, warn
from checks.profiles.profile import Profile

RESTS_ON = ("nvidia_smi",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    boards: dict[tuple[str, ...], dict[str, list[str]]] = {}
    for gpu in facts.smi.answering:
        if gpu.says("VBIOS Version"):
            make = (gpu.name, gpu.says("PCI/Device Id"), gpu.says("PCI/Sub System Id"))
            boards.setdefault(make, {}).setdefault(gpu.says("VBIOS Version"), []).append(gpu.address)
    uneven = {make: versions for make, versions in boards.items() if len(versions) > 1}
    for (name, *_), versions in uneven.items():
        yield warn(
            f"{len(versions)} versions of VBIOS on the {name}",
            why="boards with another VBIOS may have other limits, and behave differently under load",
            evidence="; ".join(f"{version}: {', '.join(gpus)}" for version, gpus in sorted(versions.items())),
            remedy=by_hand("bring all to one version with the vendor's firmware package"),
        )
    if not boards:
        yield skipped(facts.smi.unreported("a VBIOS version"))
    elif not uneven:
        yield ok("one VBIOS for each make of board")
