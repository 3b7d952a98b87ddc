"""The plugin made the last volume that it was asked for.

Docker has one text for every failure, "internal error, check logs for details"; the line in the plugin's journal tells
them apart. No line at all after the request is a crash over a libnvidia-tls without its note.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok, provision, skipped
from checks.profiles import plugin as nvidia_docker
from checks.profiles.profile import Profile

RESTS_ON = ("nvidia_docker_serves", "nvidia_docker_file_system", "nvidia_docker_capability", "nvidia_docker_folder")
ASKED = "Received create request"


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    plugin = facts.nvidia_docker
    lines = plugin.said
    asked = max((i for i, line in enumerate(lines) if ASKED in line), default=-1)
    error = next((line for line in lines[asked + 1 :] if line.startswith("Error:")), "") if asked >= 0 else ""
    name = lines[asked].partition("'")[2].rstrip("'") if asked >= 0 else ""
    made = plugin.version(name.rpartition("_")[2])
    why = "docker says only: VolumeDriver.Create: internal error, check logs for details"
    mends = nvidia_docker.makes_volume(profile) and nvidia_docker.fills(facts, profile)
    again = f"docker volume rm {name}; then docker volume create -d nvidia-docker --name {name}"
    if not plugin.installed or asked < 0:
        yield skipped("not applicable: no nvidia-docker 1.x here was asked for a volume lately")
    elif error:
        yield fail(
            f"the plugin could not make the volume {name}",
            why=why,
            evidence=f"journalctl -u nvidia-docker: {error}",
            remedy=provision("driver_volume") if mends else by_hand(f"mend what the line says; {again}"),
        )
    elif made and not made.links:
        yield fail(
            f"the plugin broke off while it made the volume {name}",
            why="a driver library without the note that the plugin wants (libnvidia-tls) makes it crash half way",
            evidence=f"journalctl -u nvidia-docker: {lines[asked]}, then nothing; {made.files} files, no libcuda",
            remedy=provision("driver_volume") if mends else by_hand(f"readelf -n on libnvidia-tls.so.*; {again}"),
        )
    else:
        yield ok(f"the volume {name} was made")
