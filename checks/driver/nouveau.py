"""nouveau, the kernel's own driver for NVIDIA cards, does not hold a GPU and is kept off them at the next boot.

Two drivers cannot hold one card: while nouveau has it, the NVIDIA module does not load. A blacklist works only once
the initramfs holds it too, because nouveau is loaded from there.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.reading import Unknown
from checks.finding import Finding, fail, ok, provision, warn
from checks.profiles import wants
from checks.profiles.profile import Profile

RESTS_ON = ("gpu_on_bus", "gpu_supported")


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    held = wants.held_by_nouveau(facts)
    for gpu in held:
        yield fail(
            "nouveau holds the GPU",
            why="the NVIDIA driver cannot take a card that another driver holds; only a reboot releases it",
            evidence=f"{facts.pci.line(gpu)}; /sys/bus/pci/devices/{gpu.address}/driver -> nouveau",
            remedy=provision("driver" if _packages_bring_it(facts, profile) else "nouveau"),
            subject=gpu.address,
        )
    if held:
        return
    if wants.packages_keep_nouveau_off(facts, profile) or wants.nouveau_is_kept_off(facts, profile):
        yield ok("nouveau holds no GPU")
        return
    line = facts.nouveau.blacklisted
    yield warn(
        "nouveau takes the GPUs at the next boot",
        why="nothing keeps it off the cards that early, and the NVIDIA driver then finds them taken",
        evidence=f"{line.file}: {line.text}: the initramfs is older" if line else "no 'blacklist nouveau' anywhere",
        remedy=provision("nouveau"),
        when="next boot",
    )


def _packages_bring_it(facts: Facts, profile: Profile) -> bool:
    """Whether the driver's packages, still to come, will blacklist nouveau; who holds the GPU is said in any case."""
    try:
        return wants.packages_keep_nouveau_off(facts, profile)
    except Unknown:
        return True
