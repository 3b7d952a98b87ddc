"""What a host lacks of the profile's [podman]: its packages, and the folders where it looks for CDI specs.

Podman takes GPUs by CDI alone (NVIDIA container toolkit, "Support for Container Device Interface"): there is no runtime
to configure, and nothing to restart.
"""

from __future__ import annotations

from dataclasses import dataclass

from checks.facts import Facts
from checks.facts.podman import CONF
from checks.facts.reading import Unknown
from checks.profiles import cdi_settings, pins
from checks.profiles.profile import Profile

CDI_SINCE = (4, 1)
"""The first Podman that reads CDI specs as NVIDIA's toolkit makes them (nvidia-container-toolkit issue 63)."""

TOO_OLD = {"jammy": ("Ubuntu 22.04", "3.4"), "bullseye": ("Debian 11", "3.0"), "el7": ("EL 7", "1.6")}
"""Releases whose own Podman is older than that (packages.ubuntu.com, packages.debian.org, CentOS 7 extras)."""

DROP_IN = f"{CONF}99-gpuwright-cdi.conf"
WAY_OUT = (
    "docker on this host instead; or a release whose Podman is 4.1 or newer: Debian 12, Ubuntu 24.04, EL 8 to 10 (on "
    "EL 8: dnf module reset container-tools, whose default stream rhel8 has it); or NVIDIA's OCI hook, by hand"
)


@dataclass(frozen=True)
class TooOld:
    """Why a release's own Podman is of no use, what shows that it would be that one, and what to do instead."""

    why: str
    found: str
    instead: str


def asked(profile: Profile) -> bool:
    """Whether the profile wants Podman."""
    return bool(profile.podman.packages)


def wanted(facts: Facts, profile: Profile) -> tuple[str, ...]:
    """Its packages for this release."""
    return (*profile.podman.packages, *profile.podman.also.get(facts.os.release, ())) if asked(profile) else ()


def packages(facts: Facts, profile: Profile) -> tuple[str, ...]:
    """Those to install, where there is no Podman, of whatever origin."""
    if not asked(profile) or facts.podman.program:
        return ()
    return pins.missing(facts.packages, wanted(facts, profile))


def lost(facts: Facts, profile: Profile) -> tuple[str, ...]:
    """Its packages, where all are installed and its program is missing all the same."""
    if not asked(profile) or facts.podman.program or packages(facts, profile):
        return ()
    return tuple(map(pins.name, wanted(facts, profile)))


def knows_cdi(facts: Facts) -> bool:
    """Whether there is a Podman that reads CDI specs."""
    return bool(facts.podman.program) and facts.podman.release >= CDI_SINCE


def unread(facts: Facts, profile: Profile) -> tuple[str, ...]:
    """The folders where GPUs' specs lie, or are to lie, and where Podman does not look."""
    if not knows_cdi(facts):
        return ()
    specs = [spec.folder for spec in facts.cdi.gpus]
    where = [cdi_settings.target(facts, profile).rpartition("/")[0]] if cdi_settings.asked(profile) else specs
    read = {_plain(folder) for folder in facts.podman.folders}
    return tuple(folder for folder in dict.fromkeys(where) if _plain(folder) not in read)


def _plain(folder: str) -> str:
    """/var/run is a link to /run."""
    path = folder.rstrip("/")
    return path[4:] if path.startswith("/var/run/") else path


def drop_in(facts: Facts, profile: Profile) -> str:
    """The text of the file that tells Podman of them too."""
    folders = ", ".join(f'"{folder}"' for folder in (*facts.podman.folders, *unread(facts, profile)))
    return f"[engine]\ncdi_spec_dirs = [{folders}]\n"


def too_old(facts: Facts, profile: Profile) -> TooOld | None:
    """Why the Podman that would be installed cannot give GPUs; None where one is here, or a version is named."""
    try:
        new = packages(facts, profile)
    except Unknown:  # then nothing of it is planned
        return None
    if "podman" not in new or facts.os.release not in TOO_OLD:
        return None
    name, version = TOO_OLD[facts.os.release]
    return TooOld(
        f"{name} packages Podman {version}, which cannot give containers GPUs: CDI came with 4.1",
        f"[podman] packages = {', '.join(profile.podman.packages)}, and there is no podman here",
        "Take docker here; or a release that packages 4.1 or newer (Debian 12, Ubuntu 24.04, EL 8); or, where a "
        'repository of yours has a newer one, name its version: packages = ["podman=4.9"].',
    )
