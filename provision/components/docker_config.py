"""Docker's daemon.json, with what the profile asks for merged in and everything else as it was written.

Docker takes it over by a reload where it can, else by a restart, which stops containers unless live-restore is on. A
docker that does not come up with it gets its old file back: the step fails, and its undo runs at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checks.facts import Facts
from checks.facts.docker_config import PATH
from checks.profiles import data_root, docker_settings, wants
from checks.profiles.json_edit import Difference, differences
from checks.profiles.profile import Profile
from provision.step import Step, fed

RESTS_ON = ("docker", "container_toolkit")


# Where the new file was refused, docker has never seen it, and is left alone.
_UNDO = """\
written=
! was_written {path} || written=yes
undo_file {path}
[ -z "$written" ] || [ "$(systemctl is-active docker.service)" = inactive ] || {verb}_docker
"""


def plan(facts: Facts, profile: Profile) -> Iterator[Step]:
    if not docker_settings.asked(profile) or wants.without_docker(facts, profile):
        return
    found = docker_settings.lacking(facts, profile)
    if not found:
        yield from _taken_over(facts, profile)
        return
    config = facts.docker_config
    reload = facts.docker.running and docker_settings.reloads(found)
    names = ", ".join(".".join(difference.path) for difference in found)
    verb = "reload" if reload else "restart"
    text = docker_settings.merged(facts, profile)
    yield Step(
        f"set {names} in {PATH}, and {verb} docker",
        why="; ".join(map(docker_settings.said, found)),
        script=fed(text, f"edit_file {PATH} {config.sum or 'absent'} validate_docker") + f"{verb}_docker\n",
        undo=_UNDO.format(path=PATH, verb=verb) + (_forgets(found) if reload else ""),
        disrupts=() if reload else _disrupted(facts, {difference.path[0] for difference in found}),
    )


def _taken_over(facts: Facts, profile: Profile) -> Iterator[Step]:
    if keys := docker_settings.left_over(facts, profile):
        reload = docker_settings.reloads(differences({}, docker_settings.wanted(facts, profile)))
        verb = "reload" if reload else "restart"
        yield Step(
            f"{verb} docker, which then knows {', '.join(keys)} of {PATH}",
            why="the file holds what the profile asks for, and was written after docker was last told",
            script=f"validate_docker {PATH}\n{verb}_docker\n",
            disrupts=() if reload else _disrupted(facts, set()),
        )


def _forgets(found: Sequence[Difference]) -> str:
    """A reload takes over what is in the file and no more: a key that goes from it stays in effect.

    Only a restart would end that, and stop containers that nobody agreed to stop.
    """
    new = sorted({difference.path[0] for difference in found if not difference.there})
    return f"echo 'docker keeps {', '.join(new)} until it is next started'\n" if new else ""


def _disrupted(facts: Facts, keys: set[str]) -> tuple[str, ...]:
    docker = facts.docker
    stopped = () if docker.live.live_restore else tuple(f"container {name}" for name in docker.containers)
    left = data_root.left_behind(facts) if "data-root" in keys and docker.root else ""
    return (*stopped, left) if left else stopped
