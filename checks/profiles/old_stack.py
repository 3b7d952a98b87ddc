"""nvidia-docker 1.x on a host whose profile wants it gone: what is there of it, and which containers rest on it."""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.nvidia_docker import SPEC
from checks.facts.reading import Unknown
from checks.facts.volume import Volume
from checks.profiles import plugin
from checks.profiles.profile import Profile


def asked(profile: Profile) -> bool:
    """Whether the profile wants it gone."""
    return profile.nvidia_docker.remove


def here(facts: Facts) -> bool:
    """Whether there is anything of it: its programs, or what they left behind."""
    return plugin.installed(facts) or plugin.left_behind(facts)


def volumes(facts: Facts) -> tuple[Volume, ...]:
    """The volumes that its plugin made."""
    if not here(facts):
        return ()
    if facts.volume.volumes is None:
        raise Unknown("docker is not running, so what uses nvidia-docker's volumes cannot be listed")
    return tuple(volume for volume in facts.volume.volumes if volume.driver == plugin.OURS)


def containers(facts: Facts) -> tuple[str, ...]:
    """The containers, stopped ones too, that hold one of them: they cannot run without it, nor it go before them."""
    return tuple(dict.fromkeys(user for volume in volumes(facts) for user in volume.users))


def remains(facts: Facts) -> tuple[str, ...]:
    """What is still there, in words."""
    return tuple(_remains(facts))


def _remains(facts: Facts) -> Iterator[str]:
    if plugin.installed(facts):
        yield f"nvidia-docker {facts.nvidia_docker.release or '1.x'} ({facts.nvidia_docker.plugin})"
    elif plugin.left_behind(facts):
        yield f"{SPEC}, for which docker waits 15 s at each volume command"
    for volume in volumes(facts):
        held = f", used by {', '.join(volume.users)}" if volume.users else ""
        yield f"the volume {volume.name}{held}"


def obstacle(facts: Facts) -> str:
    """Why it cannot be taken away; empty when it can. `Unknown` where what uses it could not be read."""
    if not here(facts):
        return ""
    if facts.host.init != "systemd":
        return "this host has no systemd to stop nvidia-docker's plugin with"
    volumes(facts)
    return ""
