"""nvidia-docker 1.x is taken away where the profile has moved on: containers of its volumes, volumes, plugin.

A container that holds a volume of the plugin cannot outlive it. It is removed only with --yes-remove-containers, and
kept first: its own files as an image, and what docker needs to create it anew, which the undo does.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from checks.facts import Facts
from checks.facts.nvidia_docker import DROP_IN, SPEC
from checks.profiles import old_stack, plugin
from checks.profiles.profile import Profile
from provision.step import CONTAINERS, Step, words

RESTS_ON: tuple[str, ...] = ()
_UNIT = "/etc/systemd/system/nvidia-docker.service"


def plan(facts: Facts, profile: Profile) -> Iterator[Step]:
    if not old_stack.asked(profile) or not old_stack.here(facts):
        return
    text = Path(__file__).with_suffix(".sh").read_text("utf-8")
    names, volumes = old_stack.containers(facts), [volume.name for volume in old_stack.volumes(facts)]
    if names:
        yield Step(
            f"remove the containers that hold nvidia-docker's volumes: {', '.join(names)}",
            why="they cannot run without these volumes; start them anew with --gpus or a CDI name of the GPUs",
            script=f"{text}remove_containers {words(names)}\n",
            undo=f"{text}undo_containers\n",
            disrupts=tuple(f"the container {name}, which is removed" for name in names),
            removes=names,
        )
    if volumes:
        yield Step(
            f"remove nvidia-docker's volumes: {', '.join(volumes)}",
            why="they hold the files of one driver, and the container toolkit takes those from the host",
            script=f"{text}remove_volumes {words(volumes)}\n",
            undo=f"{text}undo_volumes\n",
        )
    gone = "its package, unit and files" if plugin.installed(facts) else f"{SPEC}, which it left behind"
    yield Step(
        f"remove nvidia-docker 1.x: {gone}; restart docker",
        why="the container toolkit takes its place; docker waits 15 s for the old plugin until it is restarted",
        script=f"{text}remove_plugin {DROP_IN} {_UNIT} {SPEC}\n",
        undo=f"{text}undo_plugin\n",
        disrupts=(CONTAINERS,),
    )
