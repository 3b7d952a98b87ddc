"""No unit that a GPU host rests on has failed.

docker, kubelet and the fabric manager have checks of their own, and are not told twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, ok, skipped, warn
from checks.profiles.profile import Profile

RESTS_ON = ()
_MATTERS = re.compile(
    r"(nvidia|dcgm|gpuwright|dkms|chrony|ntp|systemd-(modules-load|timesyncd|udevd|networkd|remount-fs)|networking"
    r"|NetworkManager\.|openibd|mlnx|apt-daily|unattended|dnf-automatic|.*\.mount$)"
)
_OWN = re.compile(r"(docker|containerd|kubelet|nvidia-fabricmanager|nvidia-docker|nvidia-persistenced)\.")


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    units = facts.units
    if units is None:
        yield skipped("not applicable: this host does not run systemd")
        return
    failed = [unit for unit in units if _MATTERS.match(unit.name) and not _OWN.match(unit.name)]
    for unit in failed:
        yield warn(
            f"{unit.name} has failed",
            why="it belongs to what a GPU host needs to come up by itself",
            evidence=f"systemctl --failed: {unit.name}" + (f"; {unit.said}" if unit.said else ""),
            remedy=by_hand(f"systemctl status {unit.name}; journalctl -u {unit.name} -n 50"),
            subject=unit.name,
        )
    if not failed:
        yield ok(f"none of {len(units)} failed unit(s) matters to GPUs" if units else "no unit has failed")
