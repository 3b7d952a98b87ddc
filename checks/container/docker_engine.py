"""GPU containers run under a docker that can see this host: installed as a package, as root.

A snap sees neither the toolkit's programs nor its configuration ("could not select device driver"); a rootless docker
may not set up devices through control groups.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_command, by_hand, ok, warn
from checks.profiles.profile import Profile

RESTS_ON: tuple[str, ...] = ()


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    engines = dict(facts.docker_config.engines)
    cli, mode = (
        facts.toolkit.setting("nvidia-container-cli", "no-cgroups"),
        facts.toolkit.setting("nvidia-container-runtime", "mode"),
    )
    found = False
    if facts.docker.client.startswith("/snap/") or ("snap" in engines and not facts.docker.daemon):
        found = True
        yield warn(
            "docker is a snap",
            why='docker run --gpus says: could not select device driver "" with capabilities: [[gpu]]',
            evidence=f"{facts.docker.client or engines['snap']}",
            remedy=by_hand("snap remove docker (its images and containers go with it), then install docker's package"),
        )
    if "rootless" in engines and facts.toolkit.installed and cli is not True and mode != "cdi":
        found = True
        key = "nvidia-ctk config --in-place --set nvidia-container-runtime.mode"
        yield warn(
            "a rootless docker runs, and the toolkit is set up for root",
            why="its containers with GPUs do not start: bpf_prog_query failed: operation not permitted",
            evidence=f"{engines['rootless']}; config.toml: no-cgroups is not true, mode {mode or 'auto'}",
            remedy=by_command(f"{key}=cdi", f"{key}={mode or 'auto'}"),
        )
    if not found:
        yield ok(f"docker is {facts.docker.daemon}" if facts.docker.daemon else "there is no docker of another kind")
