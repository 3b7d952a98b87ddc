"""Where containers are to get GPUs by CDI there is a spec that defines them.

It lies in memory (/var/run/cdi) and is made at each boot by nvidia-cdi-refresh, whose first versions do not try again
after a failure (NVIDIA/nvidia-container-toolkit issue 1239).
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_command, fail, ok, skipped
from checks.profiles import podman_settings
from checks.profiles.profile import Profile

RESTS_ON = ("driver_mismatch", "device_nodes", "cdi_spec")
OUTPUT = "/var/run/cdi/nvidia.yaml"


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    mode = facts.toolkit.setting("nvidia-container-runtime", "mode") == "cdi"
    asking = [c for c in facts.containers.running if any("cdi" in request for request in c.requests)]
    asks = 'config.toml: mode = "cdi"' if mode else f"container {asking[0].name} asks for one" if asking else ""
    if not asks and podman_settings.asked(profile):
        asks = "the profile asks for Podman"
    if facts.cdi.gpus:
        yield ok(f"CDI specs define GPUs: {', '.join(spec.path for spec in facts.cdi.gpus)}")
    elif not asks:
        yield skipped("not applicable: nothing here is set to use CDI")
    else:
        yield fail(
            "containers are to get GPUs by CDI, and no spec defines any",
            why="containers with GPUs do not start: unresolvable CDI devices nvidia.com/gpu=all",
            evidence=f"no nvidia.com/gpu in /etc/cdi and /var/run/cdi; {asks}",
            remedy=by_command(f"mkdir -p /var/run/cdi && nvidia-ctk cdi generate --output={OUTPUT}", f"rm -f {OUTPUT}"),
        )
