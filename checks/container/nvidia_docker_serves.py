"""The nvidia-docker plugin answers: its socket is there, its port answers, and it can ask the GPUs.

"active" proves nothing. With no GPU for NVML it spins for ever; a second copy started by hand deletes its socket; with
NVML gone it goes on serving flags from memory.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.nvidia_docker import DROP_IN, PORT
from checks.finding import Finding, by_command, by_hand, fail, ok, provision, skipped
from checks.profiles import plugin as nvidia_docker
from checks.profiles.profile import Profile

RESTS_ON = ("nvidia_docker_unit",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    plugin = facts.nvidia_docker
    by_restart = by_command("systemctl reset-failed nvidia-docker; systemctl restart nvidia-docker")
    restart = provision("nvidia_docker") if nvidia_docker.wanted(profile) else by_restart
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
    elif began := nvidia_docker.outdated(facts):
        yield fail(
            f"the nvidia-docker plugin was started with driver {began}",
            why="it reads the driver's files once, and makes no volume for the driver that is loaded now",
            evidence=f"it has libnvidia-ml.so.{began} open; loaded is {facts.modules['nvidia'].version}",
            remedy=restart,
        )
    elif nvidia_docker.wanted(profile) and plugin.extra != nvidia_docker.arguments(facts, profile):
        yield fail(
            "the nvidia-docker plugin has other arguments than the profile asks for",
            why="its volumes are then not where they can be made",
            evidence=f"{DROP_IN}: {plugin.extra or 'none'}, not {nvidia_docker.arguments(facts, profile) or 'none'}",
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
