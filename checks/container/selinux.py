"""SELinux lets containers open the GPUs.

It is enforcing on Red Hat's systems, and unless the boolean container_use_devices is on, a container gets "Failed to
initialize NVML: Insufficient Permissions" (NVIDIA, container toolkit, troubleshooting).
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_command, ok, skipped, warn
from checks.profiles.profile import Profile

RESTS_ON = ()


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    found, config = facts.isolation, facts.docker_config
    used = bool(config.settings.get("selinux-enabled")) or "--selinux-enabled" in (*config.flags, *config.running)
    if found.selinux != "enforcing":
        yield skipped(f"not applicable: SELinux is {found.selinux}")
    elif not used and not any(kind == "podman" for kind, _ in config.engines):
        yield ok("SELinux is enforcing, and docker does not use it for containers")
    elif found.use_devices is False:
        yield warn(
            "SELinux keeps containers from the GPUs' device nodes",
            why='unless they run with --security-opt label=disable: "NVML: Insufficient Permissions"',
            evidence="/sys/fs/selinux/booleans/container_use_devices: 0",
            remedy=by_command("setsebool -P container_use_devices on", undo="setsebool -P container_use_devices off"),
        )
    else:
        yield ok("SELinux is enforcing, and containers may use devices")
