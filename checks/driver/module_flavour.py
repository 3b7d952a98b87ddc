"""The kind of kernel module on disk, open or proprietary, can drive every GPU of the host.

The open one needs a GPU System Processor: it drives Turing and later. Blackwell has only the open one. With the wrong
one the module finds no GPU: "not supported by open nvidia.ko because it does not include the required GPU System
Processor".
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok, provision
from checks.profiles import wants
from checks.profiles.profile import Profile

RESTS_ON = ("driver_built",)
_INSTALL = {
    "open": "install the open modules in place of these: nvidia-open (NVIDIA's repository), nvidia-open-kernel-dkms"
    " (Debian), nvidia-dkms-BRANCH-open (Ubuntu)",
    "proprietary": "install the proprietary modules in place of these: cuda-drivers (NVIDIA's repository, up to branch"
    " 580), nvidia-kernel-dkms (Debian), nvidia-dkms-BRANCH (Ubuntu)",
}


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    bad = wants.wrong_flavour(facts)
    built = facts.driver.for_kernel(facts.kernel.wanted[0])
    for gpu, generation in bad:
        yield fail(
            f"this GPU ({generation.name}) needs the {generation.modules} kernel module",
            why="the module on disk does not drive it: nvidia-smi says that no devices were found",
            evidence=f"modinfo -F license: {built.licence if built else ''}; {facts.pci.line(gpu)}",
            remedy=provision("driver")
            if wants.driver_packages(facts, profile)
            else by_hand(_INSTALL[generation.modules]),
            subject=gpu.address,
        )
    if not bad:
        yield ok(f"the module's licence is {built.licence if built else 'unknown'}: it drives these GPUs")
