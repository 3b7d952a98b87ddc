"""nvidia-docker 1.x: what a host lacks of it where the profile wants it, and who makes the driver volume.

Its plugin and we make volumes of one name, so only one of the two may: the plugin where it is installed or wanted.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.nvidia_docker import FOLDER, PORT, SPEC, USER, NvidiaDocker
from checks.facts.reading import NotAsked
from checks.facts.volume import PREFIX, Volume
from checks.profiles.mirrors import mirrored
from checks.profiles.profile import Profile
from checks.profiles.sections.nvidia_docker import ReleasePackage

OURS = "nvidia-docker"
"""The name of the plugin as a volume's driver."""


def installed(facts: Facts) -> bool:
    """Whether its plugin is here; an older recording did not ask, and had none."""
    try:
        return facts.nvidia_docker.installed
    except NotAsked:
        return False


def left_behind(facts: Facts) -> bool:
    """Whether docker still waits for a plugin that is gone, 15 s for each volume command."""
    try:
        return bool(facts.nvidia_docker.spec) and not facts.nvidia_docker.installed
    except NotAsked:
        return False


def wanted(profile: Profile) -> bool:
    """Whether the profile asks for nvidia-docker."""
    return bool(profile.nvidia_docker.version)


def makes_volume(profile: Profile) -> bool:
    """Whether the profile leaves the driver volume to the plugin."""
    method = profile.driver_volume.method
    return method == "plugin" or (method == "auto" and wanted(profile))


# nvidia-docker itself


def to_install(facts: Facts, profile: Profile) -> bool:
    """Whether it is missing, or is another version than the profile's."""
    return wanted(profile) and facts.nvidia_docker.release != profile.nvidia_docker.version


def package(facts: Facts, profile: Profile) -> ReleasePackage:
    """What it is installed from here: the profile's one source, else its release's; as a mirror has it, if one does."""
    wants = profile.nvidia_docker
    chosen = ReleasePackage(wants.source, wants.sha256) if wants.source else wants.packages.get(facts.os.release)
    return ReleasePackage(mirrored(chosen.source, profile)[0], chosen.sha256) if chosen else ReleasePackage()


def arguments(facts: Facts, profile: Profile) -> str:
    """What the profile adds to the plugin's command line."""
    words = list(profile.nvidia_docker.plugin_args)
    if makes_volume(profile) and profile.nvidia_docker.volumes == "option" and links_fail(facts):
        words += ["-d", profile.nvidia_docker.elsewhere]
    return " ".join(words)


def lacks(plugin: NvidiaDocker) -> tuple[str, ...]:
    """What its package would have set up and is not there: user, owners, capability, unit."""
    return tuple(_lacks(plugin))


def _lacks(plugin: NvidiaDocker) -> Iterator[str]:
    if not plugin.account:
        yield f"there is no user {USER}"
    if plugin.unit.get("LoadState") != "loaded":
        yield "there is no unit"
    if plugin.user == "root":
        return
    yield from (f"{path} belongs to {owner}" for path, owner in misowned(plugin))
    if plugin.protected and plugin.caps is not None and "cap_fowner" not in plugin.caps:
        yield "its program has no cap_fowner"


def misowned(plugin: NvidiaDocker) -> tuple[tuple[str, str], ...]:
    """The folders that it writes to and that are another's than its user's, with their owner."""
    owned = [(FOLDER, plugin.owner)]
    owned += [(f"{plugin.volumes}/nvidia_driver/{each.name}", each.owner) for each in plugin.versions]
    return tuple((path, owner) for path, owner in owned if owner != plugin.user)


def outdated(facts: Facts) -> str:
    """The driver that the plugin was started with, where another is loaded now; it reads the files once."""
    loaded, began = facts.modules.get("nvidia"), facts.nvidia_docker.driver
    return began if loaded and began and began != loaded.version else ""


def must_start(facts: Facts, profile: Profile) -> str:
    """Why the plugin is to be started, or started again; empty when it serves."""
    plugin = facts.nvidia_docker
    if not plugin.active:
        return plugin.error or f"its unit is {plugin.unit.get('ActiveState', 'unknown')}"
    if not plugin.port:
        return f"nothing listens on port {PORT}"
    if not plugin.socket:
        return "its socket is gone"
    if plugin.socket.startswith("/var/lib") and plugin.spec != f"unix://{plugin.socket}":
        return f"{SPEC} does not name its socket"
    if "--device=" not in plugin.flags and plugin.flags != "untold":
        return "it answers nonsense"
    if began := outdated(facts):
        return f"it was started with driver {began}"
    return "its arguments are others" if plugin.extra != arguments(facts, profile) else ""


def mends(facts: Facts, profile: Profile) -> bool:
    """Whether there is anything for the component nvidia_docker to do."""
    if not wanted(profile):
        return False
    return to_install(facts, profile) or bool(lacks(facts.nvidia_docker) or must_start(facts, profile))


def obstacle(facts: Facts, profile: Profile) -> str:
    """What stands against setting nvidia-docker right; empty when nothing does."""
    plugin = facts.nvidia_docker
    if facts.host.init != "systemd":
        return "this host has no systemd to run nvidia-docker's plugin"
    package_here = package(facts, profile)
    if to_install(facts, profile) and not (package_here.source and package_here.sha256):
        return (
            "the profile names no nvidia_docker.source with its nvidia_docker.sha256, and no "
            f"nvidia_docker.packages.{facts.os.release}"
        )
    if not plugin.installed:
        return ""
    if plugin.port and (OURS not in plugin.port or (not plugin.active and _pid(plugin) not in plugin.port)):
        return f"port {PORT} is held by {plugin.port}"
    return "its plugin finds no GPU" if plugin.spins else ""


def _pid(plugin: NvidiaDocker) -> str:
    return f"pid={plugin.unit.get('MainPID', '?')},"


# The driver volume


def links_fail(facts: Facts) -> bool:
    """Whether hard links to the driver's files cannot be made in the plugin's own folder: another file system."""
    place, libraries = facts.disk.holding(FOLDER), facts.disk.holding("/usr/lib")
    return place.device != libraries.device or place.mounted != libraries.mounted


def needs_link(facts: Facts, profile: Profile) -> bool:
    """Whether the volumes folder is to become a link to one on the driver's file system."""
    by_link = makes_volume(profile) and profile.nvidia_docker.volumes == "link"
    return by_link and not facts.nvidia_docker.target and links_fail(facts)


_FIRST = "the driver is to be loaded, or docker started, first"


def volume_is_wrong(facts: Facts) -> str:
    """What is wrong with the plugin's volume of the loaded driver; empty when it is whole, as far as can be told."""
    loaded, library = facts.modules.get("nvidia"), facts.driver.library
    if loaded and library and loaded.version != library:
        return _FIRST
    if loaded is None or not facts.docker.running or not facts.nvidia_docker.installed:
        return "" if _looks_whole(facts, loaded.version if loaded else library) else _FIRST
    volume = facts.volume.named(loaded.version)
    if volume is None:
        return f"there is no volume {PREFIX}{loaded.version}"
    if volume.driver != OURS:
        return f"docker has a volume of its own named {volume.name}"
    lacking = facts.volume.lacking(volume)
    return f"{volume.name} lacks {len(lacking)} of the driver's files, {lacking[0]} among them" if lacking else ""


def _looks_whole(facts: Facts, version: str) -> bool:
    """Whether the plugin's folder has the volume, where docker or the plugin cannot be asked for it: then it stays."""
    folder = facts.nvidia_docker.version(version)
    own = any(name == f"{PREFIX}{version}" for name, _ in facts.nvidia_docker.local)
    return folder is not None and folder.links > 0 and not own


def old_volumes(facts: Facts, *, held: bool) -> tuple[Volume, ...]:
    """The plugin's volumes of other drivers than the loaded one, held by a container or not."""
    loaded = facts.modules.get("nvidia")
    if loaded is None or loaded.version != facts.driver.library:
        return ()
    made = (volume for volume in facts.volume.volumes or () if volume.driver == OURS)
    return tuple(v for v in made if v.name != f"{PREFIX}{loaded.version}" and bool(v.users) == held)


def fills(facts: Facts, profile: Profile) -> bool:
    """Whether there is anything for the component driver_volume to do in the plugin's way."""
    return bool(needs_link(facts, profile) or volume_is_wrong(facts) or old_volumes(facts, held=False))


def volume_obstacle(facts: Facts, profile: Profile) -> str:
    """Why the driver volume cannot be made in the way that the profile asks for; empty when it can."""
    if not makes_volume(profile):
        if installed(facts):
            return "nvidia-docker 1.x is installed, and its plugin makes the driver volumes"
        return f"docker waits for a volume plugin that is gone: {SPEC}" if left_behind(facts) else ""
    if not wanted(profile) and not facts.nvidia_docker.installed:
        return "the profile leaves the volume to nvidia-docker, which is not installed and not asked for"
    if why := obstacle(facts, profile):
        return why
    if facts.nvidia_docker.status and volume_is_wrong(facts):
        return f"its plugin cannot ask the GPUs: {facts.nvidia_docker.status}"
    loaded = facts.modules.get("nvidia")
    volume = facts.volume.named(loaded.version) if loaded and facts.docker.running else None
    if volume and volume.users and volume_is_wrong(facts):
        return f"{volume.name} is held by the containers {', '.join(volume.users)}: remove these first"
    return ""
