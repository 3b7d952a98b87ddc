"""Running containers keep their GPUs when systemd reloads its units.

systemd finds the devices of a container again by links in /dev/char, which NVIDIA's driver does not make. Without them
a daemon-reload (any package with a unit does one) takes the GPUs away from every running container: "Failed to
initialize NVML: Unknown Error" (NVIDIA/nvidia-docker issue 1730, NVIDIA/nvidia-container-toolkit issue 48).
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_command, ok, skipped, warn
from checks.profiles import char_links
from checks.profiles.profile import Profile

RESTS_ON = ("docker_running",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    live, links = facts.docker.live, facts.char_links
    names = [container.name for container in facts.containers.with_gpus]
    if why := char_links.kept_by(facts):
        yield ok(why)
    elif not links.missing:
        yield ok("/dev/char has a link for each of NVIDIA's device nodes")
    elif char_links.lacking(facts, profile):
        yield skipped("device_nodes tells of the links")
    elif not names:
        yield skipped("not applicable: no running container has GPUs")
    else:
        make = "; ".join(f"ln -sfn {node} {link}" for link, node in links.missing.items())
        yield warn(
            f"{len(names)} container(s) lose their GPUs: {', '.join(names)}",
            why='programs in them then fail: "Failed to initialize NVML: Unknown Error"; only a new container helps',
            evidence=f"cgroup v2, driver systemd, runc {live.runc}; no {next(iter(links.missing))}",
            remedy=by_command(f"mkdir -p /dev/char; {make}", f"rm -f {' '.join(links.missing)}"),
            when="next daemon-reload",
        )
