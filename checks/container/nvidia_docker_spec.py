"""Docker knows where the nvidia-docker plugin is: the file in /etc/docker/plugins names its socket, while it runs.

Without it docker says "plugin not found"; where it is left behind by a plugin that is gone, every volume command of
docker waits 15 s.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.nvidia_docker import SPEC
from checks.finding import Finding, by_command, fail, ok, provision, skipped
from checks.profiles import plugin as nvidia_docker
from checks.profiles.profile import Profile

RESTS_ON: tuple[str, ...] = ()


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    plugin = facts.nvidia_docker
    want = f"unix://{plugin.socket}"
    if not plugin.present:
        yield skipped("not applicable: nvidia-docker 1.x is not installed")
    elif not plugin.installed and plugin.spec:
        yield fail(
            f"{SPEC} is left behind by a plugin that is gone",
            why="every volume command of docker waits 15 s for it",
            evidence=f"{SPEC}: {plugin.spec}; no nvidia-docker-plugin on PATH",
            remedy=by_command(f"mv {SPEC} {SPEC}.away", f"mv {SPEC}.away {SPEC}"),
        )
    elif not plugin.active:
        yield skipped("not applicable: the nvidia-docker plugin does not run")
    elif plugin.socket.startswith("/var/lib") and plugin.spec != want:
        yield fail(
            f"{SPEC} does not name the plugin's socket",
            why="docker does not find the plugin after its next restart: plugin not found",
            evidence=f"{SPEC}: {plugin.spec or 'missing'}; the socket is {plugin.socket}",
            remedy=provision("nvidia_docker")
            if nvidia_docker.wanted(profile)
            else by_command("systemctl reset-failed nvidia-docker; systemctl restart nvidia-docker"),
        )
    else:
        yield ok("docker knows where the nvidia-docker plugin is")
