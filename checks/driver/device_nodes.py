"""The device nodes exist: /dev/nvidiactl, /dev/nvidia-uvm, and one for each GPU; with links where they are wanted.

Programs and containers reach the driver through them. No udev rule makes them: nvidia-modprobe does, when some program
of root or a service asks for it, so a host that has just booted may have none. Links in /dev/char are wanted where
systemd would take the GPUs from docker's containers.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, fail, ok, provision, warn
from checks.profiles import char_links, wants
from checks.profiles.profile import Profile

RESTS_ON = ("driver_loaded",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    missing, links = wants.nodes(facts), char_links.lacking(facts, profile)
    if missing:
        yield fail(
            f"{', '.join(missing)} missing",
            why="a container started with --device fails, and so does a program that may not make them",
            evidence=f"ls /dev/nvidia*: {', '.join(sorted(facts.nodes)) or 'no such file'}",
            remedy=provision("device_nodes"),
        )
    elif links:
        yield warn(
            f"{len(links)} of the device nodes have no link in /dev/char",
            why='containers with GPUs by --gpus lose them: "Failed to initialize NVML: Unknown Error"',
            evidence=f"cgroup v2, docker's driver systemd; no {next(iter(links))}",
            remedy=provision("device_nodes"),
            when="next daemon-reload",
        )
    else:
        yield ok(f"{len(facts.nodes)} device nodes")
