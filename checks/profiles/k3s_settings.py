"""What k3s and rke2 lack of NVIDIA's runtime, which they find when they start; a default is a key of their own.

Their containerd's configuration is written anew at each start, so it is never edited, and neither is a template of the
site: beside `template "base"` another entry for nvidia would stand there twice (docs.k3s.io, Advanced options).
Known from their documentation and sources; neither was at hand to try it with.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.rancher import OURS, K3s
from checks.facts.reading import NotAsked
from checks.profiles import container_toolkit
from checks.profiles.profile import Profile

DEFAULT_SINCE = 29
"""Kubernetes 1.29, whose k3s was the first new minor with --default-runtime (k3s issue 8700)."""


def here(facts: Facts) -> tuple[K3s, ...]:
    """Those on this host that have written a configuration."""
    try:
        return tuple(each for each in facts.rancher if each.generated)
    except NotAsked:
        return ()


def asked(profile: Profile) -> bool:
    """Whether the profile wants NVIDIA's runtime in them."""
    return container_toolkit.asked(profile)


def drop_in(one: K3s) -> str:
    """The file of ours that tells it the default."""
    return f"/etc/rancher/{one.name}/config.yaml.d/{OURS}"


def lacking(facts: Facts, profile: Profile) -> tuple[tuple[K3s, str], ...]:
    """Each that is not as the profile wants it, and why."""
    if not asked(profile):
        return ()
    return tuple((one, "; ".join(why)) for one in here(facts) if (why := list(_lacking(one, profile))))


def _lacking(one: K3s, profile: Profile) -> Iterator[str]:
    if not one.nvidia:
        yield f"{one.generated} has no runtime nvidia: it was written before the toolkit came"
    elif one.nvidia not in container_toolkit.spellings(container_toolkit.RUNTIME):
        yield f"its runtime nvidia is {one.nvidia}"
    if sets_default(one, profile):
        yield f"its default runtime is {one.default or 'runc'}, the profile asks for {profile.containerd.default}"


def sets_default(one: K3s, profile: Profile) -> bool:
    """Whether it is to be told another default runtime."""
    return profile.containerd.default not in ("keep", one.default or "runc")


def obstacle(facts: Facts, profile: Profile) -> str:
    """Why they are left alone; empty when they can be put right."""
    for one, _ in lacking(facts, profile):
        if one.whole:
            return (
                f"{one.whole[0]} is the whole configuration of {one.name}'s containerd: add runtimes.nvidia there, or "
                '{{ template "base" . }} in its place'
            )
        if one.nvidia and one.nvidia not in container_toolkit.spellings(container_toolkit.RUNTIME):
            return f"{one.name} finds another nvidia-container-runtime first: {one.nvidia}"
        if sets_default(one, profile) and one.minor < DEFAULT_SINCE:
            return (
                f"{one.name} {one.version} may not know default-runtime, which came with Kubernetes 1.{DEFAULT_SINCE}"
            )
        if sets_default(one, profile) and one.told:
            return f"default-runtime is {one.told} in {one.name}'s own configuration"
        if not one.unit:
            return f"{one.name} is not running, and writes its configuration when it is started"
    return ""
