"""The running docker runs with what daemon.json says: it was restarted since the file was changed.

Otherwise "Unknown runtime specified nvidia" although the file names it; or the next restart brings what nobody expects.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.docker_config import PATH
from checks.finding import Finding, Remedy, by_hand, fail, ok, provision, warn
from checks.profiles import docker_settings, wants
from checks.profiles.profile import Profile

RESTS_ON = ("daemon_json", "daemon_flags", "docker_running")
_RESTART = by_hand("systemctl restart docker (containers stop, unless live-restore is on)")


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    config, live = facts.docker_config, facts.docker.live
    asked = docker_settings.asked(profile) and not wants.without_docker(facts, profile)
    planned = docker_settings.left_over(facts, profile) if asked else ()
    absent = sorted(set(config.runtimes) - set(live.runtimes))
    differing = [(key, want, have) for key, want, have in _pairs(facts) if want is not None and str(want) != str(have)]
    if absent:
        yield fail(
            f"{PATH} names the runtime {', '.join(absent)}, and the running docker does not know it",
            why="docker run --runtime says: unknown or invalid runtime name",
            evidence=f"docker info: Runtimes {', '.join(sorted(live.runtimes)) or 'none'}",
            remedy=_remedy("runtimes", planned),
        )
    for key, want, have in differing:
        yield warn(
            f"{PATH} sets {key} to {want}, and the running docker has {have or 'none'}",
            why="the file was changed since docker was started; the change comes when nobody thinks of it",
            evidence=f"docker info: {have}; {PATH}: {want}",
            remedy=_remedy(key, planned),
            when="next restart of docker",
        )
    if not absent and not differing:
        yield ok("the running docker is the one that its configuration describes")


def _remedy(key: str, planned: tuple[str, ...]) -> Remedy:
    """Provisioning tells docker of what the profile asks for; what somebody else wrote is theirs to put in force."""
    return provision("docker_config") if key in planned else _RESTART


def _pairs(facts: Facts) -> Iterator[tuple[str, object, object]]:
    settings, docker = facts.docker_config.settings, facts.docker
    yield "default-runtime", settings.get("default-runtime"), docker.live.default_runtime
    root = settings.get("data-root", settings.get("graph"))
    yield "data-root", root.rstrip("/") if isinstance(root, str) else None, docker.root.rstrip("/")
    yield "storage-driver", settings.get("storage-driver"), docker.storage
    yield "live-restore", settings.get("live-restore"), docker.live.live_restore
    driver = facts.docker_config.exec_options.get("native.cgroupdriver")
    yield "native.cgroupdriver", driver, docker.live.cgroup_driver
