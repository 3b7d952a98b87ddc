"""The device nodes exist: /dev/nvidiactl, /dev/nvidia-uvm, and one for each GPU.

Programs and containers reach the driver through them. No udev rule makes them: nvidia-modprobe does, when some program
of root or a service asks for it, so a host that has just booted may have none.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, fail, ok, provision
from checks.profiles import wants
from checks.profiles.profile import Profile

RESTS_ON = ("driver_loaded",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    missing = wants.nodes(facts)
    if not missing:
        yield ok(f"{len(facts.nodes)} device nodes")
        return
    yield fail(
        f"{', '.join(missing)} missing",
        why="a container started with --device fails, and so does a program that may not make them",
        evidence=f"ls /dev/nvidia*: {', '.join(sorted(facts.nodes)) or 'no such file'}",
        remedy=provision("device_nodes"),
    )
