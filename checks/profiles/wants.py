"""What a host lacks of its profile: expected minus actual, the one comparison that checks and components share.

A check reports what is lacking, a component plans it; because both ask here, a plan is empty exactly when no finding
names a component as its remedy.
"""

from __future__ import annotations

from checks.facts import Facts
from checks.facts.generation import Generation, of
from checks.facts.nodes import expected
from checks.facts.pci import Device
from checks.profiles.profile import Profile


def unsupported(facts: Facts, profile: Profile) -> tuple[tuple[Device, Generation | None], ...]:
    """The GPUs that the branch which this release packages cannot drive; None: a model that the table lacks."""
    branch = profile.driver.branch.get(facts.os.codename, 0)
    if not branch:
        return ()
    known = ((gpu, of(gpu.id)) for gpu in facts.pci.gpus)
    return tuple((gpu, found) for gpu, found in known if found is None or not found.drives(branch))


def held_by_nouveau(facts: Facts) -> tuple[Device, ...]:
    """The GPUs that nouveau drives."""
    return tuple(gpu for gpu in facts.pci.gpus if gpu.driver == "nouveau")


def nouveau_is_kept_off(facts: Facts) -> bool:
    """Whether the next boot leaves the GPUs to the driver: blacklisted, and in the initramfs since."""
    line = facts.nouveau.blacklisted
    if line is None:
        return False
    written = facts.kernel.images.get(facts.kernel.next, 0)
    return not written or written >= line.since


def foreign_driver(facts: Facts, profile: Profile) -> bool:
    """A driver that none of the profile's packages brought: a runfile's, another repository's. It is left alone."""
    installed = [name for name in profile.driver.packages if facts.packages.installed(name)]
    return bool(facts.driver.built) and not installed


def driver_packages(facts: Facts, profile: Profile) -> tuple[str, ...]:
    """The driver's packages that must be installed."""
    return () if foreign_driver(facts, profile) else facts.packages.missing(profile.driver.packages)


def modules(facts: Facts) -> tuple[str, ...]:
    """The kernels, of the running one and the next boot's, for which no driver module is on disk."""
    return facts.driver.missing(facts.kernel.wanted)


def components_of_archive(facts: Facts, profile: Profile) -> tuple[str, ...]:
    """The archive components (non-free, ...) that no source of this release offers yet, in the profile's order."""
    offered = {name for source in facts.sources.of_suites(facts.os.codename) for name in source.components}
    return tuple(name for name in profile.driver.components if name not in offered)


def nodes(facts: Facts) -> tuple[str, ...]:
    """The device nodes that are missing."""
    return tuple(path for path in expected(len(facts.pci.gpus)) if path not in facts.nodes)


def docker_packages(facts: Facts, profile: Profile) -> tuple[str, ...]:
    """Docker's packages, when there is no docker of any origin."""
    return () if facts.docker.daemon else facts.packages.missing(profile.docker)


def volume_by_copy(facts: Facts, profile: Profile) -> bool:
    """Whether the driver volume holds copies: as the profile says, or because hard links cannot work."""
    if profile.volume_method != "auto":
        return profile.volume_method == "copy"
    return not links_possible(facts)


def links_possible(facts: Facts) -> bool:
    """Whether docker's volumes lie on the file system of the driver's files: link(2) fails across file systems."""
    root = facts.docker.root or "/var/lib/docker"
    place = facts.disk.holding(root).device
    devices = {file.device for file in facts.volume.files.values()}
    return (devices or {facts.disk.holding("/usr/lib").device}) == {place}


def volume_is_complete(facts: Facts) -> bool:
    """Whether the volume of the loaded driver's version holds every file of the driver."""
    volume = facts.volume.named(facts.modules["nvidia"].version)
    return volume is not None and not facts.volume.lacking(volume)
