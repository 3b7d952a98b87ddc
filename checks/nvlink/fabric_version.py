"""The fabric manager has the driver's own version.

It talks to the driver over an interface that changes with every version: another one refuses to start, and CUDA then
says that the system is not yet initialized. An upgrade of the driver alone does it.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts, nvlink
from checks.finding import Finding, by_hand, fail, ok, provision, skipped
from checks.profiles import wants
from checks.profiles.profile import Profile

RESTS_ON = ("driver_loaded",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    version, driver = facts.fabric.version, facts.modules["nvidia"].version
    if not nvlink.switches(facts.pci) or not version:
        yield skipped("not applicable: no NVSwitch on the bus, or no fabric manager installed")
    elif version != driver:
        said = [line for line in facts.fabric.log if "don't match with driver version" in line]
        yield fail(
            f"the fabric manager is {version}, the driver is {driver}",
            why='it does not start, and CUDA fails with error 802, "system not yet initialized"',
            evidence=said[-1]
            if said
            else f"nv-fabricmanager --version: {version}; /sys/module/nvidia/version: {driver}",
            remedy=provision("fabric_manager")
            if wants.fabric_packages(facts, profile)
            else by_hand(
                f"apt-get install nvidia-fabricmanager-{driver.partition('.')[0]}={driver}-1, or dnf install "
                f"nvidia-fabric-manager-{driver}-1; systemctl restart nvidia-fabricmanager; hold it with the driver"
            ),
        )
    else:
        yield ok(f"fabric manager and driver are both {driver}")
