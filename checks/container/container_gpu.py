"""A container sees the GPUs: nvidia-smi lists them in one for each way into a container that this host has.

It is the whole stack in one question. It starts containers, so it is asked only with --container, or after a provision
that changed something.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.container import PODMAN, WRAPPED, Answer
from checks.finding import Finding, by_hand, fail, ok, skipped, unknown
from checks.profiles.profile import Profile

RESTS_ON = ("nvidia_smi", "docker_running", "driver_volume", "podman_folders")


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    if "container" not in facts.recording.readings:
        yield skipped("not asked for: add --container")
        return
    container, want = facts.container, len(facts.pci.gpus)
    if container.not_asked:
        yield unknown(f"no container was started: {container.not_asked}")
        return
    wrong = [each for each in container.answers if len(each.gpus) != want]
    for each in wrong:
        yield _lacking(each, want, [other.way for other in container.answers if other not in wrong])
    if not wrong and container.status:
        yield fail(
            f"a container lists {want} GPU(s), and its run ends with status {container.status}",
            why="what runs in containers is taken to have failed",
            evidence=container.answers[-1].text.splitlines()[-1],
            remedy=by_hand(f"run one in the same way: {_log(container.answers[-1])}"),
        )
    elif not wrong:
        ways = ", ".join(each.way for each in container.answers)
        yield ok(f"a container lists {want} GPU(s), through {ways}", container.answers[0].gpus[0].split(" (UUID")[0])


def _lacking(answer: Answer, want: int, right: list[str]) -> Finding:
    other = f"; {', '.join(right)} gives all" if right else ""
    return fail(
        f"a container lists {len(answer.gpus)} of {want} GPU(s), through {answer.way}{other}",
        why="containers on this host that are started so cannot use its GPUs",
        evidence=answer.text.splitlines()[-1] if answer.text else "it printed nothing",
        remedy=by_hand(_log(answer)),
    )


def _log(answer: Answer) -> str:
    if answer.way == PODMAN:
        return "podman --log-level debug run --device nvidia.com/gpu=all says why"
    units = "docker -u nvidia-docker" if answer.way == WRAPPED else "docker"
    return f"journalctl -u {units} says why; docker-args prints the flags that work"
