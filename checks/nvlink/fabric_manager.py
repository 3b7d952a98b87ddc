"""A host with NVSwitches runs the fabric manager.

It sets up the routes between the GPUs; without it CUDA does not start on any of them: error 802, "system not yet
initialized". A host without NVSwitches does not need it.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_command, by_hand, fail, ok, provision, skipped
from checks.profiles import fabric, wants
from checks.profiles.profile import Profile

RESTS_ON = ("driver_loaded", "fabric_version")


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    manager, board = facts.fabric, fabric.board(facts)
    packages = wants.fabric_packages(facts, profile)
    if not board:
        yield skipped("not applicable: no NVSwitch on the bus")
    elif packages or not manager.installed:
        lacking = f"not whole: {', '.join(packages)} to be installed" if manager.installed else "not installed"
        by_itself = by_hand(f"install the fabric manager of the driver's version: {facts.modules['nvidia'].version}")
        yield fail(
            f"the fabric manager is {lacking}",
            why='CUDA does not start on any GPU: error 802, "system not yet initialized"',
            evidence=f"{board}, and nv-fabricmanager is {manager.version or 'absent'}",
            remedy=provision("fabric_manager") if packages else by_itself,
        )
    elif not manager.active:
        state = manager.unit["ActiveState"]
        yield fail(
            f"the fabric manager does not run ({state})",
            why='CUDA does not start on any GPU: error 802, "system not yet initialized"',
            evidence=manager.log[-1] if manager.log else f"systemctl show nvidia-fabricmanager: ActiveState={state}",
            remedy=by_hand("journalctl -u nvidia-fabricmanager -n 30; then start it again")
            if state == "failed"
            else by_command("systemctl start nvidia-fabricmanager", undo="systemctl stop nvidia-fabricmanager"),
        )
    else:
        yield ok(f"the fabric manager {manager.version} runs")
