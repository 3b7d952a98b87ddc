"""The plugin's volume for the loaded driver, once made, holds the driver's files, and no other version's is left.

The plugin takes any folder of that name for the volume: an empty or half-filled one is served without a word, and
creating it again repairs nothing. After a driver change it must be restarted, since it reads the files once.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.volume import PREFIX
from checks.finding import Finding, by_hand, fail, ok, provision, skipped, warn
from checks.profiles import plugin as nvidia_docker
from checks.profiles.profile import Profile

RESTS_ON = ("nvidia_docker_serves", "nvidia_docker_local_volume", "nvidia_docker_file_system", "nvidia_docker_create")


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    plugin, version = facts.nvidia_docker, facts.modules["nvidia"].version
    if not plugin.installed:
        yield skipped("not applicable: nvidia-docker 1.x is not installed")
        return
    if nvidia_docker.makes_volume(profile):
        yield from _managed(facts)
        return
    made, name = plugin.version(version), f"{PREFIX}{version}"
    old = [each.name for each in plugin.versions if each.name != version]
    if made and not made.links:
        yield fail(
            f"the volume {name} holds {made.files} files, and no libcuda",
            why="containers start, and every CUDA program in them fails; creating it again repairs nothing",
            evidence=f"{plugin.volumes}/nvidia_driver/{version}/lib64: no libcuda.so.*",
            remedy=by_hand(
                f"docker volume rm {name}; systemctl restart nvidia-docker; "
                f"docker volume create -d nvidia-docker --name {name}"
            ),
        )
    elif old:
        yield warn(
            f"volumes of other driver versions are left: {', '.join(old)}"
            + ("" if made else f"; none of {version} has been made"),
            why="the plugin still serves them, and a container with one gets libraries that do not fit the module",
            evidence=f"{plugin.volumes}/nvidia_driver: {', '.join(each.name for each in plugin.versions)}",
            remedy=by_hand(
                f"systemctl restart nvidia-docker; docker volume create -d nvidia-docker --name {name}; "
                f"recreate the containers that use the old ones; docker volume rm {PREFIX}{old[0]}"
            ),
        )
    elif made:
        yield ok(f"the volume {name} holds {made.files} files")
    else:
        yield ok(f"the volume {name} is made at its first use")


def _managed(facts: Facts) -> Iterator[Finding]:
    name = f"{PREFIX}{facts.modules['nvidia'].version}"
    if wrong := nvidia_docker.volume_is_wrong(facts):
        yield fail(
            wrong,
            why="containers find no driver of the loaded version in /usr/local/nvidia; making it again repairs nothing",
            evidence=f"docker volume ls: {', '.join(each.name for each in facts.volume.volumes or ()) or 'none'}",
            remedy=provision("driver_volume"),
        )
        return
    free, held = (nvidia_docker.old_volumes(facts, held=held) for held in (False, True))
    why = "the plugin still serves it, and a container with it gets libraries that do not fit the module"
    for volume in free:
        yield warn(
            f"the volume of an older driver is left: {volume.name}",
            why=why,
            evidence=f"{volume.root}; no container holds it",
            remedy=provision("driver_volume"),
        )
    for volume in held:
        yield warn(
            f"the volume of an older driver is still held: {volume.name}",
            why=why,
            evidence=f"docker ps -a --filter volume={volume.name}: {', '.join(volume.users)}",
            remedy=by_hand(f"recreate these containers with {name}; then docker volume rm {volume.name}"),
        )
    if not free and not held:
        yield ok(f"the volume {name} holds the driver's files")
