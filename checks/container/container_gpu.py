"""A container sees the GPUs: nvidia-smi, run in one with the driver volume and the device nodes, lists them.

It is the whole stack in one question. It starts a container, so it is asked only with --container, or after a
provision that changed something.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok, skipped, unknown
from checks.profiles.profile import Profile

RESTS_ON = ("nvidia_smi", "docker_running", "driver_volume")


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    if "container" not in facts.recording.readings:
        yield skipped("not asked for: add --container")
        return
    container, want = facts.container, len(facts.pci.gpus)
    if container.not_asked:
        yield unknown(f"no container was started: {container.not_asked}")
    elif len(container.gpus) == want and container.wrapped is not None and len(container.wrapped_gpus) != want:
        yield fail(
            f"a container of nvidia-docker lists {len(container.wrapped_gpus)} of {want} GPU(s), one of docker all",
            why="nvidia-docker 1.x starts containers without GPUs here",
            evidence=container.wrapped.splitlines()[-1] if container.wrapped else "it printed nothing",
            remedy=by_hand("journalctl -u nvidia-docker; docker-args prints the flags that work without it"),
        )
    elif container.status == 0 and len(container.gpus) == want:
        how = "" if container.wrapped is None else ", with docker and with nvidia-docker"
        yield ok(f"a container lists {want} GPU(s){how}", container.gpus[0].split(" (UUID")[0])
    else:
        yield fail(
            f"a container lists {len(container.gpus)} of {want} GPU(s)",
            why="containers on this host cannot use its GPUs",
            evidence=container.text.splitlines()[-1] if container.text else "it printed nothing",
            remedy=by_hand("docker-args prints the flags that a container needs; see the findings above"),
        )
