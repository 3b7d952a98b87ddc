"""Docker is installed, up, and answers.

GPU containers, and the driver volume that brings the driver's files into them, need its daemon.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok, provision, skipped, unknown
from checks.profiles import wants
from checks.profiles.profile import Profile

RESTS_ON = ("packages_configured", "gpu_on_bus", "gpu_supported", "daemon_json", "daemon_flags")


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    docker = facts.docker
    why = "containers cannot be started"
    packages, lost = wants.docker_packages(facts, profile), wants.docker_lost(facts, profile)
    absent = f"{'docker' if docker.daemon else 'dockerd'} is not on PATH"
    if packages:
        yield fail(
            "docker is not installed",
            why=why,
            evidence=f"{absent}; to install: {', '.join(packages)}",
            remedy=provision("docker"),
        )
    elif wants.without_docker(facts, profile):
        yield skipped("not applicable: there is no docker, and the profile asks for none")
    elif not docker.daemon or not docker.client:
        yield fail(
            "docker's programs are missing",
            why=why,
            evidence=f"{absent}; {', '.join(lost)} should have brought it" if lost else absent,
            remedy=provision("docker") if lost else by_hand("install docker; the profile names no package of it"),
        )
    elif docker.state in ("activating", "reloading"):
        yield unknown(f"docker is just starting ({docker.state}): ask again in a moment", why=why)
    elif docker.state != "active":
        yield fail(
            f"docker is not running ({docker.state})",
            why=why,
            evidence=docker.error or f"systemctl is-active docker: {docker.state}",
            remedy=provision("docker"),
        )
    elif docker.error:
        yield fail(
            "docker does not answer",
            why=why,
            evidence=docker.error[:300],
            remedy=by_hand("journalctl -u docker -n 50"),
        )
    else:
        yield ok(f"docker {docker.version} runs, {len(docker.containers)} container(s)")
