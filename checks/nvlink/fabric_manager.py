"""A host with NVSwitches runs the fabric manager.

It sets up the routes between the GPUs; without it CUDA does not start on any of them: error 802, "system not yet
initialized". A host without NVSwitches does not need it.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts, nvlink
from checks.finding import Finding, by_command, by_hand, fail, ok, skipped
from checks.profiles.profile import Profile

RESTS_ON = ("driver_loaded", "fabric_version")


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    fabric = facts.fabric
    if not nvlink.switches(facts.pci):
        yield skipped("not applicable: no NVSwitch on the bus")
    elif not fabric.installed:
        yield fail(
            "the fabric manager is not installed",
            why='CUDA does not start on any GPU: error 802, "system not yet initialized"',
            evidence=f"{len(nvlink.switches(facts.pci))} NVSwitches on the bus, and no nv-fabricmanager",
            remedy=by_hand(f"install the fabric manager of the driver's version: {facts.modules['nvidia'].version}"),
        )
    elif not fabric.active:
        state = fabric.unit["ActiveState"]
        yield fail(
            f"the fabric manager does not run ({state})",
            why='CUDA does not start on any GPU: error 802, "system not yet initialized"',
            evidence=fabric.log[-1] if fabric.log else f"systemctl show nvidia-fabricmanager: ActiveState={state}",
            remedy=by_hand("journalctl -u nvidia-fabricmanager -n 30; then start it again")
            if state == "failed"
            else by_command("systemctl start nvidia-fabricmanager", undo="systemctl stop nvidia-fabricmanager"),
        )
    else:
        yield ok(f"the fabric manager {fabric.version} runs")
