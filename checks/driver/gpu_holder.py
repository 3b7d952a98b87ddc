"""No other driver holds a GPU: no virtual machine's (vfio-pci, xen-pciback), no frame buffer's (nvidiafb, rivafb).

While one does, the NVIDIA module says "The NVIDIA probe routine was not called", and that GPU is missing for every
program.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok
from checks.profiles import wants
from checks.profiles.profile import Profile

RESTS_ON = ("gpu_on_bus", "gpu_supported")
_PASSED_ON = "it is meant for virtual machines: if not, take its id out of"
_RELEASE = {
    "vfio-pci": f"{_PASSED_ON} vfio-pci.ids (kernel command line, /etc/modprobe.d), rebuild the initramfs, and reboot",
    "xen-pciback": f"{_PASSED_ON} xen-pciback.hide on the kernel command line, and reboot",
}


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    held = wants.held_elsewhere(facts)
    for gpu in held:
        yield fail(
            f"{gpu.driver} holds the GPU",
            why="the NVIDIA driver cannot take a card that another driver holds",
            evidence=f"/sys/bus/pci/devices/{gpu.address}/driver -> {gpu.driver}; {facts.pci.line(gpu)}",
            remedy=by_hand(_RELEASE.get(gpu.driver, f"blacklist {gpu.driver} in /etc/modprobe.d, then reboot")),
            subject=gpu.address,
        )
    if not held:
        yield ok("no other driver holds a GPU")
