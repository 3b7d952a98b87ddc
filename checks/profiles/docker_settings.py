"""What daemon.json lacks of the profile's [docker.daemon], and what stands against writing it there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from checks.facts import Facts
from checks.facts.blank import BLANK, blank_text
from checks.facts.docker_config import PATH
from checks.facts.reading import Unknown
from checks.profiles import container_toolkit, daemon, data_root
from checks.profiles.docker_runtime import of_toolkit
from checks.profiles.json_edit import Difference, NotEditable, differences, edited
from checks.profiles.layer import over
from checks.profiles.profile import Profile

RELOADABLE = frozenset(
    {
        *("allow-nondistributable-artifacts", "authorization-plugins", "debug", "default-runtime", "features"),
        *("insecure-registries", "labels", "live-restore", "max-concurrent-downloads", "max-concurrent-uploads"),
        *("max-download-attempts", "registry-mirrors", "runtimes", "shutdown-timeout"),
    }
)
"""Keys that a running dockerd takes over on SIGHUP (docs.docker.com, dockerd, "Configuration reload behavior")."""

AT_START = frozenset({("features", "cdi")})
"""What stands below such a key and is looked at when docker starts alone (moby, cmd/dockerd, RegisterCDIDriver)."""


def asked(profile: Profile) -> bool:
    """Whether the profile has a word in daemon.json."""
    return bool(profile.docker.daemon) or container_toolkit.asked(profile)


def wanted(facts: Facts, profile: Profile) -> Mapping[str, Any]:
    """What daemon.json must hold: the profile's own keys, over those of NVIDIA's toolkit."""
    return over(of_toolkit(facts, profile), profile.docker.daemon)


def lacking(facts: Facts, profile: Profile) -> tuple[Difference, ...]:
    """The keys of daemon.json that are not what the profile wants."""
    return tuple(differences(facts.docker_config.settings, wanted(facts, profile)))


def left_over(facts: Facts, profile: Profile) -> tuple[str, ...]:
    """The keys of the profile that daemon.json has and the running docker has not, as far as it tells.

    A run that was killed between the file and the restart leaves them so. Nothing where docker would not take the file.
    """
    config, live, want = facts.docker_config, facts.docker.live, wanted(facts, profile)
    if not facts.docker.running or not live.runtimes or lacking(facts, profile):
        return ()
    if any(daemon.refusals(config)) or any(daemon.twice(config)):
        return ()
    known = {
        "runtimes": set(want.get("runtimes", ())) <= set(live.runtimes),
        "default-runtime": want.get("default-runtime", live.default_runtime) == live.default_runtime,
        "live-restore": want.get("live-restore", live.live_restore) == live.live_restore,
    }
    return tuple(key for key, same in known.items() if not same)


def merged(facts: Facts, profile: Profile) -> str:
    """The text of daemon.json with what the profile wants; `NotEditable` says why there is none."""
    config = facts.docker_config
    if config.text is None:
        return edited("", wanted(facts, profile))
    if config.exact is None:
        raise NotEditable("is not UTF-8 with one kind of line ends, so it cannot be kept as it is")
    return edited(config.exact, wanted(facts, profile))


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
    return _not_writable(facts, profile) or _mistaken(profile) or data_root.obstacle(facts, profile)


def _mistaken(profile: Profile) -> str:
    """What the profile asks for that docker takes for something else, or drops with a warning."""
    named = profile.docker.daemon.get("insecure-registries", [])
    wrong = [str(name) for name in named if "://" in str(name)] if isinstance(named, list) else [str(named)]
    return f"insecure-registries {wrong[0]}: docker wants a list of host:port, without a scheme" if wrong else ""


def _not_writable(facts: Facts, profile: Profile) -> str:
    """Why the keys cannot be put into the text that is there, or docker would refuse what comes out."""
    for each in lacking(facts, profile):
        if isinstance(each.want, dict) and each.have is not None:
            return f'{PATH}: "{".".join(each.path)}" is not an object'
    try:
        text = merged(facts, profile)
    except NotEditable as why:
        return f"{PATH} {why}"
    return next(daemon.refusals(replace(facts.docker_config, text=text)), "")


def reloads(found: Iterable[Difference]) -> bool:
    """Whether a running docker takes these over without a restart."""
    return all(each.path[0] in RELOADABLE and not _at_start(each) for each in found)


def _at_start(each: Difference) -> bool:
    below = [each.path, *((*each.path, key) for key in (each.want if isinstance(each.want, dict) else ()))]
    return not AT_START.isdisjoint(below)


def said(difference: Difference) -> str:
    """A difference in words, without secrets: it is shown, logged and kept."""
    have = f"is {_short(difference.have)}" if difference.there else "is not set"
    return blank_text(f"{'.'.join(difference.path)} {have}, the profile asks for {_short(difference.want)}")


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}..."
