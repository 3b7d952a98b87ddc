"""Hosts that must not be touched: why, what shows it, and what to do instead. The first reason is the one given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from checks.facts import Facts
from checks.facts.platform import Platform
from checks.facts.reading import NotAsked
from checks.profiles import driver_choice, podman_settings, wants
from checks.profiles.profile import Profile, load, names


@dataclass(frozen=True)
class Refusal:
    """Why a host is not touched, what on it shows that, and what to do instead."""

    why: str
    found: str
    instead: str

    def __str__(self) -> str:
        return f"{self.why} ({self.found}); nothing was changed. {self.instead}"


def refusals(facts: Facts, profile: Profile, *, force: bool = False) -> Iterator[Refusal]:
    """Every reason not to touch a host, the most fundamental first; `Unknown` when what it is could not be read."""
    try:
        platform = facts.platform
    except NotAsked:  # an older recording; what touches a host always asks
        platform = Platform()
    yield from _container(platform)
    yield from _image(platform)
    yield from _system(facts, profile)
    yield from _operator(platform)
    yield from _virtualised(facts, platform)
    yield from _readonly(platform)
    yield from _gpus(facts, profile, force=force)
    if (old := podman_settings.too_old(facts, profile)) is not None:
        yield Refusal(old.why, old.found, old.instead)


MANAGERS = {
    "docker": "docker",
    "podman": "podman",
    "lxc": "LXC",
    "lxc-libvirt": "LXC",
    "systemd-nspawn": "systemd-nspawn",
    "oci": "an OCI runtime",
    "rkt": "rkt",
    "openvz": "OpenVZ",
    "proot": "proot",
    "pouch": "pouch",
    "garden": "Cloud Foundry",
    "wsl": "the Windows Subsystem for Linux",
}
"""What container= may hold, by systemd-detect-virt(1). A name that is not here is not taken for a container."""

_CONTAINER_MARKS = {
    "/.dockerenv": "docker",
    "/run/.containerenv": "podman",
    "/var/run/secrets/kubernetes.io/serviceaccount": "Kubernetes",
}


def _container(platform: Platform) -> Iterator[Refusal]:
    marks = ((_CONTAINER_MARKS[mark], f"{mark} is there") for mark in platform.marks if mark in _CONTAINER_MARKS)
    named = ((MANAGERS[name], f"container={name}") for name in platform.containers if name in MANAGERS)
    for manager, found in (*named, *marks):
        if manager == MANAGERS["wsl"]:
            instead = "Install the NVIDIA driver in Windows: it brings the libraries that are used here."
            yield Refusal(f"this is {manager}, whose kernel belongs to Windows", found, instead)
        instead = "Provision the machine that it runs on: a driver belongs to the machine's kernel."
        yield Refusal(f"this is a container ({manager}), not a machine", found, instead)


_IMAGES = {
    "/etc/dgx-release": (
        "this is DGX OS, which brings its own driver and keeps it in step with the system",
        "Upgrade it as the DGX OS user guide says (apt full-upgrade); the doctor works here as anywhere.",
    ),
    "/etc/nv_tegra_release": (
        "this is a Jetson, whose driver is part of Jetson Linux",
        "Upgrade it with the nvidia-l4t packages, or flash a newer JetPack.",
    ),
    "/home/kubernetes/bin": (
        "this is a node of Google Kubernetes Engine, which replaces its nodes instead of changing them",
        "Let GKE install the driver: --accelerator ...,gpu-driver-version=default on the node pool.",
    ),
    "/etc/eks": (
        "this is a node of Amazon EKS, which replaces its nodes instead of changing them",
        "Use the accelerated AMI for the node group, or NVIDIA's gpu-operator.",
    ),
    "/opt/azure/containers": (
        "this is a node of Azure Kubernetes Service, which replaces its nodes instead of changing them",
        "Use a GPU node pool: AKS installs the driver, or NVIDIA's gpu-operator with --gpu-driver none.",
    ),
    "/run/ostree-booted": (
        "this system was booted from an ostree image: /usr is read-only and replaced as a whole",
        "Layer the driver into the image (rpm-ostree, a container-native build), or use NVIDIA's gpu-operator.",
    ),
    "/etc/NIXOS": (
        "this is NixOS, whose system is built from its configuration",
        'Set services.xserver.videoDrivers = ["nvidia"] and hardware.nvidia-container-toolkit.enable there.',
    ),
}

_IMMUTABLE = {
    "cos": ("Container-Optimized OS", "Run cos-extensions install gpu, or let GKE install the driver."),
    "flatcar": ("Flatcar Container Linux", "Enable its nvidia extension (NVIDIA_DRIVER_VERSION in Ignition)."),
    "bottlerocket": ("Bottlerocket", "Use an nvidia variant of it, which holds the driver."),
    "talos": ("Talos Linux", "Build an image with the nvidia system extensions (factory.talos.dev)."),
    "nixos": ("NixOS", 'Set services.xserver.videoDrivers = ["nvidia"] in its configuration.'),
    "rhcos": ("Red Hat CoreOS", "Use NVIDIA's gpu-operator, which brings the driver in a container."),
    "ubuntu-core": ("Ubuntu Core", "Use the snaps of its kernel: nothing is installed by apt here."),
    "sle-micro": ("SUSE Linux Micro", "Use transactional-update, or NVIDIA's gpu-operator."),
    "opensuse-microos": ("openSUSE MicroOS", "Use transactional-update."),
}
"""By ID in os-release, as each of these systems writes it."""


def _image(platform: Platform) -> Iterator[Refusal]:
    for mark in platform.marks:
        if mark in _IMAGES:
            why, instead = _IMAGES[mark]
            dgx = f": {platform.dgx}" if mark == "/etc/dgx-release" and platform.dgx else ""
            yield Refusal(why, f"{mark} is there{dgx}", instead)


def _system(facts: Facts, profile: Profile) -> Iterator[Refusal]:
    system = facts.os
    if system.id in _IMMUTABLE:
        name, instead = _IMMUTABLE[system.id]
        yield Refusal(f"this is {name}, an image that is replaced as a whole", f"os-release: ID={system.id}", instead)
    elif system.release not in (releases := wants.releases(profile)):
        known = ", ".join(releases) or "no release"
        yield Refusal(
            f"profile {profile.name} knows {known}, and this host is {system.name}",
            f"os-release: ID={system.id}, VERSION_CODENAME={system.codename or 'missing'}"
            + (f", VERSION_ID={system.version}" if system.family == "rpm" else ""),
            _way_out(system.release, profile.name),
        )
    yield from _another_folder(facts, profile)
    machine = facts.host.machine
    if machine not in MACHINES:
        yield Refusal(
            "there is no NVIDIA driver package for this architecture",
            f"uname -m: {machine}",
            f"Known are {' and '.join(MACHINES)}.",
        )


def _another_folder(facts: Facts, profile: Profile) -> Iterator[Refusal]:
    """Its sources are a directory, or a mirror, that was filled for hosts of another kind."""
    machine, release = facts.host.machine, facts.os.release
    wants = (profile.sources.release or release, profile.sources.machine or machine)
    if wants != (release, machine):
        yield Refusal(
            f"profile {profile.name} has packages for {wants[0]} on {wants[1]} alone",
            f"this host is {release} on {machine}",
            "Fill a directory for hosts of this kind: invoke mirror.fetch with their --os and --arch.",
        )


def _way_out(release: str, refused: str) -> str:
    """What to do with a system that the profile does not know."""
    known = [name for name in names() if name != refused and release in wants.releases(load(name))]
    if not known:
        return "Choose a profile that knows this system with --profile."
    return f"Install a release that it knows, or choose a profile that knows this one: --profile {' or '.join(known)}."


MACHINES = ("x86_64", "aarch64")
"""The architectures that the driver's packages are built for, as `uname -m` names them."""


def _operator(platform: Platform) -> Iterator[Refusal]:
    marks = [mark for mark in platform.marks if mark.startswith("/run/nvidia/")]
    if marks:
        yield Refusal(
            "NVIDIA's gpu-operator manages the driver here, in a container",
            f"{marks[0]} is there",
            "Change the driver there (driver.version of the ClusterPolicy), or take it from the operator first: "
            "driver.enabled=false, then reboot this node.",
        )


_PASSED_ON = ("vfio-pci", "pci-stub", "xen-pciback", "pciback")
"""Kernel drivers that hold a device for a virtual machine."""


def _virtualised(facts: Facts, platform: Platform) -> Iterator[Refusal]:
    for gpu in facts.pci.gpus:
        if gpu.driver in _PASSED_ON:
            yield Refusal(
                f"a GPU is handed over to virtual machines, held by {gpu.driver}",
                facts.pci.line(gpu),
                "Provision the virtual machine that gets it; or give it back to the host (remove its ids from "
                "modprobe.d and from the kernel's command line, then reboot).",
            )
    manager = [f"{mark} is there" for mark in platform.marks if mark == "/usr/bin/nvidia-vgpu-mgr"]
    for found in [*platform.vgpu_host, *manager][:1]:
        yield Refusal(
            "this host shares its GPUs among virtual machines (NVIDIA vGPU), which needs the vGPU manager's driver",
            found,
            "Keep that driver with NVIDIA's vGPU packages; provision the virtual machines instead.",
        )
    client = [f"{mark} is there" for mark in platform.marks if mark == "/usr/bin/nvidia-gridd"]
    for found in [*platform.vgpu_guest, *client][:1]:
        yield Refusal(
            "this virtual machine has a vGPU, which needs the GRID driver of its host's release",
            found,
            "Install the guest driver that belongs to the host's vGPU manager, from NVIDIA's licensing portal.",
        )


def _readonly(platform: Platform) -> Iterator[Refusal]:
    if platform.readonly:
        yield Refusal(
            "root cannot write where provisioning writes",
            f"not writable: {', '.join(platform.readonly)}",
            "Look at the kernel log for errors of the file system, and at the mounts: mount -o remount,rw.",
        )


def _gpus(facts: Facts, profile: Profile, *, force: bool) -> Iterator[Refusal]:
    if not facts.pci.gpus and not force:
        yield Refusal(
            "there is no NVIDIA GPU on the PCI bus",
            "lspci -d 10de: shows none",
            "Look at the board's seat and power, and at the firmware's settings; --force installs all the same.",
        )
    if refused := driver_choice.refusal(facts, profile):
        shows = facts.pci.line(refused.gpu) if refused.gpu else f"driver.version = {profile.driver.version}"
        yield Refusal(refused.why, shows, refused.instead)
    for gpu, generation in wants.unsupported(facts, profile):
        needs = f"needs driver branch {generation.branches}" if generation else "is of a model not known here"
        release = facts.os.release
        yield Refusal(
            f"a GPU {needs}, and {release} packages branch {profile.driver.branch[release]}",
            facts.pci.line(gpu),
            "Choose a profile with a driver that fits.",
        )
