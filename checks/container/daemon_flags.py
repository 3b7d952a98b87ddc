"""No key of daemon.json is also a flag of dockerd in its unit or a drop-in.

dockerd refuses to start when one setting comes from both (NVIDIA/nvidia-container-toolkit issue 631).
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.docker_config import PATH
from checks.finding import Finding, by_hand, fail, ok, warn
from checks.profiles.daemon import twice
from checks.profiles.profile import Profile

RESTS_ON = ("daemon_json",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    found = list(twice(facts.docker_config))
    for key, flag in found:
        said = f'"{key}" is in {PATH} and also the flag {flag} of dockerd'
        why = "docker refuses to start: directives are specified both as a flag and in the configuration file"
        remedy = by_hand(f"take {key} out of {PATH}, or systemctl edit docker: ExecStart without {flag}")
        evidence = f"systemctl show -p ExecStart docker: {flag}; {PATH}: {key}"
        if facts.docker.running:
            yield warn(said, why=why, evidence=evidence, remedy=remedy, when="next restart of docker")
        else:
            yield fail(said, why=why, evidence=evidence, remedy=remedy)
    if not found:
        yield ok("nothing is set twice for dockerd")
