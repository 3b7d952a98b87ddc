"""/etc/docker/daemon.json is what dockerd accepts: JSON without comments, its runtimes defined, no key doubled.

Otherwise docker does not come back from its next restart, which may be the next reboot or an unattended upgrade.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.docker_config import PATH, DockerConfig
from checks.finding import Finding, by_hand, fail, ok, warn
from checks.profiles.daemon import refusals, refusals_of_old
from checks.profiles.profile import Profile

RESTS_ON: tuple[str, ...] = ()


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    config = facts.docker_config
    found = [*refusals(config), *refusals_of_old(facts)]
    remedy = by_hand(f"mend {PATH}; dockerd --validate --config-file {PATH} tells when it is right")
    for refusal in found:
        why = "docker does not start with this file, and no container with it"
        if facts.docker.running:
            yield warn(refusal, why=why, evidence=_shown(refusal, config), remedy=remedy, when="next restart of docker")
        else:
            yield fail(refusal, why=why, evidence=_shown(refusal, config), remedy=remedy)
    for key in config.doubled:
        yield warn(
            f'{PATH}: the key "{key}" stands there twice: only the last one counts',
            why="docker starts, but without what the first one says, which somebody may rely on",
            evidence=f'"{key}"',
            remedy=by_hand(f"leave one of them in {PATH}"),
        )
    if not found and not config.doubled:
        yield ok("there is no daemon.json" if config.text is None else "daemon.json is what docker accepts")


def _shown(refusal: str, config: DockerConfig) -> str:
    """The line that is named, and the one before it: a comma too many stands at its end."""
    match = re.search(r"line (\d+) column", refusal)
    lines = (config.text or "").split("\n")
    if match is None or int(match[1]) > len(lines):
        return refusal
    end = int(match[1])
    return " / ".join(f"line {number}: {lines[number - 1].strip()}" for number in range(max(1, end - 1), end + 1))
