"""The containers that run still have the GPUs that they were started with.

A daemon-reload of systemd, or `docker update`, takes them away without a word: the nodes are there, and opening them is
not permitted (NVIDIA/nvidia-docker issue 1730). Asked only with --container, since it runs a shell in each.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok, skipped
from checks.profiles.profile import Profile

RESTS_ON = ("device_nodes", "docker_running")


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    if "inside" not in facts.recording.readings:
        yield skipped("not asked for: add --container")
        return
    inside = facts.inside
    for name in inside.lost:
        yield fail(
            f"the container {name} has lost its GPUs",
            why="a reload of systemd reset its device rules; it does not get them back by itself",
            evidence=f"{name}: opening /dev/nvidiactl is not permitted",
            remedy=by_hand(f"recreate {name}; links in /dev/char keep the next one from losing them"),
            subject=name,
        )
    if not inside.lost:
        told = f", {len(inside.untold)} without a shell to ask" if inside.untold else ""
        yield ok(f"{len(inside.open)} container(s) can open their GPUs{told}")
