"""What a host lacks of its profile: expected minus actual, the one comparison that checks and components share.

A check reports what is lacking, a component plans it; because both ask here, a plan is empty exactly when no finding
names a component as its remedy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from checks.facts import Facts, branches
from checks.facts.generation import Generation, of
from checks.facts.nodes import expected
from checks.facts.pci import Device
from checks.facts.reading import Unknown
from checks.profiles import (
    cdi_settings,
    container_toolkit,
    containerd_settings,
    crio_settings,
    cuda_packages,
    cudnn,
    daemon,
    docker_settings,
    doctor_file,
    driver_choice,
    environment,
    fabric,
    k3s_settings,
    kernels,
    kubelet_gates,
    mig,
    module_options,
    old_stack,
    other_branch,
    pins,
    plugin,
    podman_settings,
    repositories,
    signatures,
    switching,
)
from checks.profiles.interrupts import UNLOADS, containers, interrupts, work
from checks.profiles.profile import Profile

MIB = 1024 * 1024


def releases(profile: Profile) -> tuple[str, ...]:
    """The releases for which the profile knows a driver."""
    return branches.releases(profile.driver.source) if driver_choice.wanted(profile) else tuple(profile.driver.branch)


def unsupported(facts: Facts, profile: Profile) -> tuple[tuple[Device, Generation | None], ...]:
    """The GPUs that the branch which this release packages cannot drive; None: a model that the table lacks."""
    branch = profile.driver.branch.get(facts.os.release, 0)
    if not branch:
        return ()
    known = ((gpu, of(gpu.id)) for gpu in facts.pci.gpus)
    return tuple((gpu, found) for gpu, found in known if found is None or not found.drives(branch))


def held_by_nouveau(facts: Facts) -> tuple[Device, ...]:
    """The GPUs that nouveau drives."""
    return tuple(gpu for gpu in facts.pci.gpus if gpu.driver == "nouveau")


def nouveau_is_kept_off(facts: Facts, profile: Profile) -> bool:
    """Whether the next boot leaves the GPUs to the driver: blacklisted, and in the initramfs since.

    Driver packages that were cut off while they were configured see to it once they are finished. On a disk that was
    restored from an image every file is newer than it was: there this boot, which began with the line and without
    nouveau, shows what the next one of the same kernel does.
    """
    line, kernel = facts.nouveau.blacklisted, facts.kernel
    if _packages_know_nouveau(facts, profile) and _half_configured_driver(facts, profile):
        return True
    if line is None:
        return False
    written = kernel.images.get(kernel.next, 0)
    if not written or written >= line.since:
        return True
    booted = facts.host.time - kernel.up
    return kernel.next == kernel.running and line.since < booted and "nouveau" not in facts.modules


def foreign_driver(facts: Facts, profile: Profile) -> bool:
    """A driver that none of the profile's packages brought: a runfile's, another repository's.

    It is left alone unless the profile says driver.replace. What several makers have under one name, such as
    nvidia-modprobe, says nothing of whose driver it is. Another branch of the profile's own source is no other origin.
    """
    found = (facts.packages.installed(pins.name(each)) for each in drivers(facts, profile))
    if not facts.driver.built or any(package and package.driver for package in found):
        return False
    return not other_branch.there(facts, profile)


def drivers(facts: Facts, profile: Profile) -> tuple[str, ...]:
    """The driver's packages that the profile names for this release, or that are chosen for its GPUs."""
    if driver_choice.wanted(profile):
        choice = driver_choice.chosen(facts, profile)
        return (*choice.first, *choice.packages) if choice else ()
    return (*profile.driver.packages, *profile.driver.also.get(facts.os.release, ()))


def driver_packages(facts: Facts, profile: Profile) -> tuple[str, ...]:
    """The driver's packages that must be installed; none where the profile does not know what this release packages."""
    known = not profile.driver.branch or facts.os.release in profile.driver.branch
    if not known or (foreign_driver(facts, profile) and not profile.driver.replace):
        return ()
    missing = pins.missing(facts.packages, drivers(facts, profile))
    choice = driver_choice.chosen(facts, profile)
    # What keeps apt on a branch is wanted for installing the others: a driver that is whole does not lack it.
    return missing if set(missing) - set(choice.first if choice else ()) else ()


def driver_change(facts: Facts, profile: Profile) -> str:
    """What the driver's packages put in place of the loaded module, in words; empty where that may stay loaded."""
    foreign = foreign_driver(facts, profile)
    coming = driver_packages(facts, profile)
    return switching.replaces(facts, coming, driver_choice.chosen(facts, profile), foreign=foreign)


def fabric_packages(facts: Facts, profile: Profile) -> tuple[str, ...]:
    """The fabric manager's packages that must be installed, each with its version where that counts."""
    return fabric.lacking(facts, profile, driver_comes=bool(driver_packages(facts, profile)))


def signs_itself(facts: Facts, profile: Profile) -> bool:
    """Whether a module is still to be built here, and signed with a key of this host's own where the kernel wants one.

    Ubuntu's linux-modules-nvidia are built and signed by Canonical.
    """
    signed = any(name.startswith("linux-modules-nvidia-") for name in drivers(facts, profile))
    return not signed and bool(driver_packages(facts, profile) or modules(facts, profile))


def packages_keep_nouveau_off(facts: Facts, profile: Profile) -> bool:
    """Whether the driver's packages, still to come, blacklist nouveau and rebuild the initramfs."""
    return _packages_know_nouveau(facts, profile) and bool(driver_packages(facts, profile))


def _packages_know_nouveau(facts: Facts, profile: Profile) -> bool:
    """Debian's own driver packages keep it off, and those of NVIDIA's repositories."""
    return facts.os.id == "debian" or driver_choice.wanted(profile)


def _half_configured_driver(facts: Facts, profile: Profile) -> bool:
    """Whether one of the driver's packages was cut off while it was configured: the component packages finishes it."""
    found = (facts.packages.by_name.get(pins.name(each)) for each in drivers(facts, profile))
    return any(package is not None and package.half_configured for package in found)


def modules(facts: Facts, profile: Profile) -> tuple[str, ...]:
    """The kernels, of those that the profile covers, for which no driver module is on disk."""
    return facts.driver.missing(kernels.covered(facts, profile))


def components_of_archive(facts: Facts, profile: Profile) -> tuple[str, ...]:
    """The archive components (non-free, ...) that no source of this release offers yet, in the profile's order."""
    if facts.os.family != "apt":
        return ()
    offered = {name for source in facts.sources.of_suites(facts.os.codename) for name in source.components}
    return tuple(name for name in archive_components(facts, profile) if name not in offered)


def archive_components(facts: Facts, profile: Profile) -> tuple[str, ...]:
    """The components of the distribution's own archive that the driver's packages take something from.

    None where the profile wants no sources but its own: what it needs is there.
    """
    if profile.sources.others == "off":
        return ()
    choice = driver_choice.chosen(facts, profile)
    return choice.components if choice else profile.driver.components


def nodes(facts: Facts) -> tuple[str, ...]:
    """The device nodes that are missing: for the GPUs that the driver drives, or will drive once it is loaded."""
    driven = [gpu for gpu in facts.pci.gpus if gpu.driver == "nvidia"]
    count = len(driven) if "nvidia" in facts.modules else len(facts.pci.gpus)
    return tuple(path for path in expected(count) if path not in facts.nodes)


def docker_packages(facts: Facts, profile: Profile) -> tuple[str, ...]:
    """Docker's packages, where its daemon or its command is missing, of whatever origin."""
    if facts.docker.daemon and facts.docker.client:
        return ()
    return pins.missing(facts.packages, _of_docker(facts, profile))


def docker_lost(facts: Facts, profile: Profile) -> tuple[str, ...]:
    """Docker's packages, where all are installed and its daemon or its command is missing all the same."""
    if (facts.docker.daemon and facts.docker.client) or docker_packages(facts, profile):
        return ()
    return tuple(map(pins.name, _of_docker(facts, profile)))


def without_docker(facts: Facts, profile: Profile) -> bool:
    """Whether there is no docker here and the profile asks for none, as where containers are Podman's."""
    return not facts.docker.daemon and not _of_docker(facts, profile)


def _of_docker(facts: Facts, profile: Profile) -> tuple[str, ...]:
    return (*profile.docker.packages, *profile.docker.also.get(facts.os.release, ()))


def volume_by_copy(facts: Facts, profile: Profile) -> bool:
    """Whether the driver volume holds copies: as the profile says, or because hard links cannot work."""
    if profile.driver_volume.method != "auto":
        return profile.driver_volume.method == "copy"
    return not links_possible(facts)


def links_possible(facts: Facts) -> bool:
    """Whether docker's data lies on the file system of the driver's files, and in the same mount of it.

    link(2) fails across file systems, and also across two mounts of one: docker binds its data root over itself where
    the root mount is private.
    """
    data, libraries = facts.disk.holding(facts.docker.root or "/var/lib/docker"), facts.disk.holding("/usr/lib")
    devices = {file.device for file in facts.volume.files.values()} or {libraries.device}
    return devices == {data.device} and data.mounted == libraries.mounted


def volume_is_complete(facts: Facts) -> bool:
    """Whether the volume of the loaded driver's version holds every file of the driver."""
    volume = facts.volume.named(facts.modules["nvidia"].version)
    return volume is not None and not facts.volume.lacking(volume)


def volume_is_ready_to_fill(facts: Facts) -> bool:
    """Whether the driver is loaded at its library's version, and docker answers."""
    loaded = facts.modules.get("nvidia")
    return loaded is not None and loaded.version == facts.driver.library and facts.docker.running


def volume_obstacle(facts: Facts, profile: Profile) -> str:
    """What makes it impossible to fill the driver volume the way the profile asks; empty when nothing does."""
    place = facts.disk.holding(facts.docker.root or "/var/lib/docker")
    if profile.driver_volume.method == "link" and not links_possible(facts):
        return f"{place.path} is a file system of its own, and the profile asks for hard links"
    if not volume_by_copy(facts, profile) or (volume_is_ready_to_fill(facts) and volume_is_complete(facts)):
        return ""
    if place.free < facts.volume.bytes:
        return (
            f"no space for the driver volume: {facts.volume.bytes // MIB} MiB of copies, {place.free // MIB} MiB free"
        )
    return ""


def wrong_flavour(facts: Facts) -> tuple[tuple[Device, Generation], ...]:
    """The GPUs that the kind of module on disk for the running kernel cannot drive: open, or proprietary."""
    built = facts.driver.for_kernel(facts.kernel.wanted[0])
    if built is None:
        return ()
    flavour = switching.flavour(built.licence)
    known = ((gpu, of(gpu.id)) for gpu in facts.pci.gpus)
    return tuple((gpu, found) for gpu, found in known if found and found.modules not in ("either", flavour))


def held_elsewhere(facts: Facts) -> tuple[Device, ...]:
    """The GPUs that some other driver than NVIDIA's and nouveau holds: for a virtual machine, or a frame buffer."""
    return tuple(gpu for gpu in facts.pci.gpus if gpu.driver not in ("", "nvidia", "nouveau"))


def cannot_load(facts: Facts, profile: Profile) -> tuple[str, str] | None:
    """What keeps the module on disk from being loaded, where it is not: the check that says so, and why; else None.

    A topic that the host was not asked about keeps nothing from anything.
    """
    running, asked = facts.kernel.running, facts.recording.readings
    if "nvidia" in facts.modules or driver_packages(facts, profile):
        return None
    if facts.kernel.gone:
        return "kernel_installed", f"the running kernel {running} is no longer installed: reboot first"
    if facts.pci.gpus and len(held_elsewhere(facts)) == len(facts.pci.gpus):
        return "gpu_holder", f"{facts.pci.gpus[0].driver} holds every GPU"
    if wrong_flavour(facts):
        return "module_flavour", "the module on disk is of the wrong kind for these GPUs"
    if ("modprobe" in asked or not facts.recording.complete) and facts.modprobe.forbidden:
        line = facts.modprobe.forbidden[0]
        return "module_allowed", f"{line.file} forbids the module: {line.text}"
    if ("signing" in asked or not facts.recording.complete) and facts.driver.for_kernel(running):
        signing = facts.signing
        if signing.required and not signing.accepts(running):
            return "secure_boot", "the kernel takes signed modules only, and trusts no signer of this one"
    return None


_BASE = ("os", "pci", "packages")
_INSTALL = (*_BASE, "host", "kernel", "driver", "sources")
_DRIVER = (*_INSTALL, "nouveau", "modules")
READS: Mapping[str, tuple[str, ...]] = {
    "packages": _BASE,
    "old_sources": ("os", "host", "sources"),
    "package_sources": _INSTALL,
    "repositories": _INSTALL,
    "kernel_headers": _INSTALL,
    "signing_key": _INSTALL,
    "nouveau": (*_BASE, "host", "kernel", "driver", "nouveau", "modules"),
    "leftovers": (*_DRIVER, "loader"),
    "module_options": (*_DRIVER, "modprobe"),
    "driver": _DRIVER,
    "fabric_manager": (*_DRIVER, "fabric"),
    "device_nodes": (*_DRIVER, "nodes"),
    "docker": (*_INSTALL, "docker"),
    "podman": (*_INSTALL, "podman", "cdi"),
    "container_toolkit": _INSTALL,
    "cdi": (*_DRIVER, "nodes", "cdi", "toolkit"),
    "docker_users": (*_INSTALL, "docker"),
    "docker_config": (*_INSTALL, "docker", "docker_config"),
    "containerd": ("host", "cri", "toolkit"),
    "crio": ("host", "cri", "toolkit"),
    "k3s": ("host",),
    "nvidia_docker": (*_DRIVER, "nodes", "docker", "nvidia_docker", "disk"),
    "driver_volume": (*_DRIVER, "docker", "volume", "disk"),
    "cuda_packages": (*_INSTALL, "modules"),
    "environment": ("cuda_toolkit",),
    "cudnn": ("host", "cuda_toolkit", "cudnn"),
    "doctor_file": ("doctor_file",),
    "holds": (*_DRIVER, "holds", "archive"),
    "old_stack": ("host", "docker", "nvidia_docker", "volume"),
    "mig": (*_DRIVER, "nodes", "mig"),
    "kubelet_gates": (),
}
"""The topics that each component is planned from, with those of what it rests on."""


_ASKED: Mapping[str, Callable[[Profile], bool]] = {
    "holds": lambda profile: profile.driver.hold,
    "leftovers": lambda profile: profile.driver.replace,
    "container_toolkit": container_toolkit.asked,
    "cdi": cdi_settings.asked,
    "podman": podman_settings.asked,
    "docker_users": lambda profile: bool(profile.docker.users),
    "docker_config": docker_settings.asked,
    "containerd": lambda profile: bool(profile.containerd.runtime) or container_toolkit.asked(profile),
    "crio": lambda profile: bool(profile.crio.runtime) or container_toolkit.asked(profile),
    "fabric_manager": fabric.asked,
    "k3s": k3s_settings.asked,
    "nvidia_docker": plugin.wanted,
    "driver_volume": lambda profile: profile.driver_volume.method != "none",
    "cuda_packages": cuda_packages.asked,
    "environment": environment.asked,
    "cudnn": cudnn.asked,
    "doctor_file": lambda profile: profile.doctor.install,
    "mig": mig.asked,
    "module_options": module_options.asked,
    "old_stack": old_stack.asked,
}
"""Whether the profile asks for anything of a component: if not, what it would read does not matter."""

_OBSTACLES: Mapping[str, Callable[[Facts, Profile], str]] = {
    "container_toolkit": container_toolkit.obstacle,
    "cdi": cdi_settings.obstacle,
    "docker_config": docker_settings.obstacle,
    "containerd": containerd_settings.obstacle,
    "crio": crio_settings.obstacle,
    "k3s": k3s_settings.obstacle,
    "nvidia_docker": plugin.obstacle,
    "cuda_packages": cuda_packages.obstacle,
    "environment": environment.obstacle,
    "cudnn": cudnn.obstacle,
    "doctor_file": lambda facts, _: doctor_file.obstacle(facts),
    "kubelet_gates": kubelet_gates.obstacle,
    "mig": mig.obstacle,
    "module_options": module_options.obstacle,
    "old_stack": lambda facts, _: old_stack.obstacle(facts),
}
"""What stands against a component, where one file of checks/profiles knows it."""

_NEED_THE_TOOLKIT = ("environment", "cudnn")
"""The components that are for a CUDA toolkit, which may be one that provisioning installs."""

_OF_DOCKER = ("docker", "docker_config")
"""The components that have nothing to do where there is no docker, and none is asked for."""

_NAME_ITS_PROGRAM = ("docker_config", "containerd", "crio", "k3s", "cdi")
"""The components that name or run a program of NVIDIA's container toolkit, where the profile asks for that."""


def unplannable(component: str, facts: Facts, profile: Profile) -> str:
    """Why a component cannot be planned on this host; empty when it can. What is unknown is never changed."""
    if component in _ASKED and not _ASKED[component](profile):
        return ""
    try:
        for topic in READS[component]:
            getattr(facts, topic)
        if component in _OF_DOCKER and without_docker(facts, profile):
            return ""
        if interrupts(component, facts) or (component in UNLOADS and driver_change(facts, profile)):
            work(facts).known()
            containers(facts)
        cause = cannot_load(facts, profile) if component in UNLOADS else None
        return cause[1] if cause else _obstacle(component, facts, profile)
    except Unknown as why:
        return str(why)


def _obstacle(component: str, facts: Facts, profile: Profile) -> str:
    if component == "leftovers":  # what is here goes only if something can come in its place
        return unplannable("driver", facts, profile)
    if component in (*UNLOADS, "nouveau") and signs_itself(facts, profile) and (why := signatures.obstacle(facts)):
        return why
    if (
        component != "old_sources"
        and "sources" in READS[component]
        and components_of_archive(facts, profile)
        and driver_packages(facts, profile)
        and not _sources(facts)
    ):
        return f"no apt source of {facts.os.codename} to extend: /etc/apt names none"
    if _installs(component, facts, profile) and (why := repositories.obstacle(facts, profile)):
        return why
    if (
        "docker" in READS[component]
        and not docker_packages(facts, profile)
        and (why := _docker_obstacle(facts, profile))
    ):
        return why
    if "docker" in READS[component] and (why := daemon.obstacle(facts)) and facts.docker.state != "active":
        return f"docker would not start: {why}"
    if why := _of_what_it_needs(component, facts, profile):
        return why
    if component in _OBSTACLES:
        return _OBSTACLES[component](facts, profile)
    if component == "driver_volume":
        ours = "" if plugin.makes_volume(profile) else volume_obstacle(facts, profile)
        return plugin.volume_obstacle(facts, profile) or ours
    return ""


def _of_what_it_needs(component: str, facts: Facts, profile: Profile) -> str:
    """What stands against the packages whose programs or folders the component is about; empty where nothing does."""
    if component in _NAME_ITS_PROGRAM:
        return unplannable("container_toolkit", facts, profile)
    if component in _NEED_THE_TOOLKIT and environment.is_to_come(facts, profile):
        return unplannable("cuda_packages", facts, profile)
    return ""


def _docker_obstacle(facts: Facts, profile: Profile) -> str:
    """What keeps an installed docker from answering, and is not for provisioning to mend."""
    if not facts.docker.daemon or not facts.docker.client:
        return "" if docker_lost(facts, profile) else "there is no docker, and the profile names no package of it"
    if facts.docker.state == "active" and facts.docker.error:
        return f"docker does not answer: {facts.docker.error[:200]}"
    if facts.docker.state in ("activating", "reloading"):
        return "docker is just starting: ask again in a moment"
    if facts.docker.state != "active" and facts.host.init != "systemd":
        return "docker is not running, and this host has no systemd to start it with"
    return ""


def _installs(component: str, facts: Facts, profile: Profile) -> bool:
    """Whether the component, or what it rests on, takes something from the profile's repositories."""
    reads = READS[component]
    return component == "repositories" or bool(
        ("modules" in reads and driver_packages(facts, profile))
        or ("docker" in reads and docker_packages(facts, profile))
        or (component == "podman" and podman_settings.packages(facts, profile))
        or (component == "fabric_manager" and fabric_packages(facts, profile))
        or (component == "container_toolkit" and container_toolkit.lacking(facts, profile))
        or (component == "cuda_packages" and cuda_packages.lacking(facts, profile))
    )


def _sources(facts: Facts) -> bool:
    return bool(facts.sources.of_suites(facts.os.codename))


FRESH = 24 * 3600
"""Seconds for which package lists count as current."""


def lists_are_old(facts: Facts) -> bool:
    """Whether apt's package lists are missing or older than a day; dnf and yum see to theirs themselves."""
    return facts.os.family == "apt" and facts.host.time - facts.sources.fetched > FRESH


def lists_stay_old(facts: Facts, profile: Profile) -> bool:
    """Whether they are, and no step fetches them earlier: the headers and the driver have them fetched first."""
    sooner = driver_packages(facts, profile) or kernels.without_headers(facts, profile)
    return lists_are_old(facts) and not sooner
