"""What daemon.json lacks of the profile's [docker.daemon], and what stands against writing it there."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from checks.facts import Facts
from checks.facts.blank import BLANK, blank_text
from checks.facts.docker_config import PATH, DockerConfig
from checks.facts.reading import Unknown
from checks.profiles.json_edit import Difference, NotEditable, differences, edited
from checks.profiles.profile import Profile

RELOADABLE = frozenset(
    {
        *("allow-nondistributable-artifacts", "authorization-plugins", "debug", "default-runtime", "features"),
        *("insecure-registries", "labels", "live-restore", "max-concurrent-downloads", "max-concurrent-uploads"),
        *("max-download-attempts", "registry-mirrors", "runtimes", "shutdown-timeout"),
    }
)
"""Keys that a running dockerd takes over on SIGHUP (docs.docker.com, dockerd, "Configuration reload behavior")."""


def lacking(facts: Facts, profile: Profile) -> tuple[Difference, ...]:
    """The keys of daemon.json that are not what the profile wants."""
    return tuple(differences(facts.docker_config.settings, profile.docker.daemon))


def merged(config: DockerConfig, profile: Profile) -> str:
    """The text of daemon.json with what the profile wants; `NotEditable` says why there is none."""
    if config.text is None:
        return edited("", profile.docker.daemon)
    if config.exact is None:
        raise NotEditable("is not UTF-8 with one kind of line ends, so it cannot be kept as it is")
    return edited(config.exact, profile.docker.daemon)


def obstacle(facts: Facts, profile: Profile) -> str:
    """Why daemon.json is left alone; empty when it can be written. `Unknown` where a recording was blanked."""
    config = facts.docker_config
    if config.text and BLANK in config.text:
        raise Unknown(f"{PATH} was blanked in this recording")
    if config.other:
        return config.other
    if config.dangling:
        return f"{PATH} is a link to {config.dangling}, which does not exist"
    if facts.host.init != "systemd":
        return "this host has no systemd to restart docker with"
    # What the unit's variables add is seen on the running daemon alone.
    given = replace(config, flags=(*config.flags, *config.running))
    if flag := given.flagged("config-file"):
        return f"docker reads another file: {flag}"
    for key in dict.fromkeys(difference.path[0] for difference in lacking(facts, profile)):
        if key != "runtimes" and (flag := given.flagged(key)):  # dockerd adds up the runtimes of both
            return f"{key} is given to dockerd as the flag {flag}: with it in {PATH} too, docker would not start"
    try:
        merged(config, profile)
    except NotEditable as why:
        return f"{PATH} {why}"
    return ""


def reloads(found: Iterable[Difference]) -> bool:
    """Whether a running docker takes these over without a restart."""
    return {difference.path[0] for difference in found} <= RELOADABLE


def said(difference: Difference) -> str:
    """A difference in words, without secrets: it is shown, logged and kept."""
    have = f"is {_short(difference.have)}" if difference.there else "is not set"
    return blank_text(f"{'.'.join(difference.path)} {have}, the profile asks for {_short(difference.want)}")


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}..."
