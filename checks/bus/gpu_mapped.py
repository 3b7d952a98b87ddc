"""The host's firmware has given every GPU its memory windows, and the GPU answers there.

The windows (BARs) of datacentre boards have tens of gigabytes; a firmware that places devices below 4 GiB has no room
for them, and the driver then cannot start the GPU.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok
from checks.profiles.profile import Profile

RESTS_ON = ("gpu_on_bus", "gpu_off_bus")


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    functions = [facts.pcie.functions[gpu.address] for gpu in facts.pci.gpus if gpu.address in facts.pcie.functions]
    held = {gpu.address for gpu in facts.pci.gpus if gpu.driver == "nvidia"}
    broken = 0
    for function in functions:
        off = function.address in held and not function.decodes_memory
        if not function.unmapped and not off:
            continue
        broken += 1
        yield fail(
            f"{function.unmapped} memory window(s) of the GPU have no place"
            if function.unmapped
            else "its memory is switched off",
            why="the driver cannot reach the GPU's registers or memory",
            evidence=f"/sys/bus/pci/devices/{function.address}/"
            + ("resource: a window at 0" if function.unmapped else f"config: command {function.header[8:12]}"),
            remedy=by_hand(
                "switch on 'Above 4G Decoding' (and 'Resizable BAR') in the host's firmware, or boot with pci=realloc"
                if function.unmapped
                else "reboot; another program (a virtual machine's) has switched it off"
            ),
            subject=function.address,
        )
    if not broken:
        yield ok(f"{len(functions)} GPU(s) have their memory windows")
