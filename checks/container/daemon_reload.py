"""Running containers keep their GPUs when systemd reloads its units.

systemd finds the devices of a container again by links in /dev/char, which NVIDIA's driver does not make. Without them
a daemon-reload (any package with a unit does one) takes the GPUs away from every running container: "Failed to
initialize NVML: Unknown Error" (NVIDIA/nvidia-docker issue 1730, NVIDIA/nvidia-container-toolkit issue 48).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_command, ok, skipped, warn
from checks.profiles.profile import Profile

RESTS_ON = ("docker_running",)
_VERSION = re.compile(r"v?(\d+)\.(\d+)")


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    live, links = facts.docker.live, facts.char_links
    names = [container.name for container in facts.containers.with_gpus]
    if live.cgroup_driver != "systemd" or links.cgroup != 2:
        yield ok(f"systemd does not manage the containers' devices here ({live.cgroup_driver}, cgroup v{links.cgroup})")
    elif _older(live.runc):
        yield ok(f"runc {live.runc} does not leave the devices to systemd")
    elif not links.missing:
        yield ok("/dev/char has a link for each of NVIDIA's device nodes")
    elif not names:
        yield skipped("not applicable: no running container has GPUs")
    else:
        make = "; ".join(f"ln -s {node} {link}" for link, node in links.missing.items())
        yield warn(
            f"{len(names)} container(s) lose their GPUs: {', '.join(names)}",
            why='programs in them then fail: "Failed to initialize NVML: Unknown Error"; only a new container helps',
            evidence=f"cgroup v2, driver systemd, runc {live.runc}; no {next(iter(links.missing))}",
            remedy=by_command(f"mkdir -p /dev/char; {make}", f"rm -f {' '.join(links.missing)}"),
            when="next daemon-reload",
        )


def _older(version: str) -> bool:
    match = _VERSION.match(version)
    return match is not None and (int(match[1]), int(match[2])) < (1, 1)
