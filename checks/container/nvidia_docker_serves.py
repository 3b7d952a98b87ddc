"""The nvidia-docker plugin answers: its socket is there, its port answers, and it can ask the GPUs.

"active" proves nothing. With no GPU for NVML it spins for ever; a second copy started by hand deletes its socket; with
NVML gone it goes on serving flags from memory.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.nvidia_docker import PORT
from checks.finding import Finding, by_command, by_hand, fail, ok, skipped
from checks.profiles.profile import Profile

RESTS_ON = ("nvidia_docker_unit",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    plugin = facts.nvidia_docker
    restart = by_command("systemctl reset-failed nvidia-docker; systemctl restart nvidia-docker")
    if not plugin.installed or not plugin.active:
        yield skipped("not applicable: nvidia-docker 1.x is not installed, or has no unit")
    elif not plugin.port and "Discovering GPU devices" in plugin.last:
        yield fail(
            f"the nvidia-docker plugin finds no GPU and spins for ever ({plugin.cpu or '?'} % CPU)",
            why="it never opens its port or its socket, though its unit is active",
            evidence=f"last line of its journal: {plugin.last}; nothing listens on {PORT}",
            remedy=by_hand("nvidia-smi -L must list the GPUs; then systemctl restart nvidia-docker"),
        )
    elif not plugin.port:
        yield fail(
            f"the nvidia-docker plugin does not listen on port {PORT}",
            why="neither docker nor curl gets flags or volumes from it",
            evidence=f"ss -ltnp: nothing on {PORT}; journal: {plugin.last or 'empty'}",
            remedy=restart,
        )
    elif not plugin.socket:
        yield fail(
            "the nvidia-docker plugin's socket is gone",
            why="docker cannot make or mount its volumes; a second copy started by hand deletes it",
            evidence="its port answers, and there is no nvidia-docker.sock",
            remedy=restart,
        )
    elif "--device=" not in plugin.flags and plugin.flags != "untold":
        yield fail(
            "the nvidia-docker plugin answers nonsense",
            why="docker run gets no GPUs from it",
            evidence=f"curl http://localhost:{PORT}/docker/cli: {plugin.flags[:200] or 'nothing'}",
            remedy=restart,
        )
    elif plugin.status:
        yield fail(
            "the nvidia-docker plugin cannot ask the GPUs any more",
            why="it serves flags from memory, and containers get GPUs that do not answer",
            evidence=plugin.error or plugin.status,
            remedy=by_hand("nvidia-smi tells what the GPUs say; then systemctl restart nvidia-docker"),
        )
    else:
        yield ok("the nvidia-docker plugin answers", plugin.flags[:120])
