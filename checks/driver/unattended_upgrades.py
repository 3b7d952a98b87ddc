"""Unattended upgrades leave the driver alone.

They replace its libraries under the loaded module, in the night: "Driver/library version mismatch" in the morning
(NVIDIA/ubuntu-packaging-nvidia-driver issue 3).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.archive import Archive, Release
from checks.finding import Finding, by_hand, ok, skipped, warn
from checks.profiles.profile import Profile

RESTS_ON = ("packages_configured",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    archive = facts.archive
    if archive is None:
        yield skipped("not applicable: this host has no apt")
        return
    setting = archive.setting("APT::Periodic::Unattended-Upgrade")
    if setting in ("", "0") or not archive.timer or not facts.packages.installed("unattended-upgrades"):
        yield ok("unattended upgrades are off")
        return
    touched = [
        package.name for package in facts.packages.driver if not package.held and _takes(archive, facts, package.name)
    ]
    if not touched:
        yield ok("unattended upgrades are on, and leave the driver alone")
        return
    yield warn(
        f"unattended upgrades will replace the driver: {', '.join(touched[:3])}"
        + (", ..." if len(touched) > 3 else ""),
        why="the libraries are then newer than the loaded module, and every call into the driver fails until a reboot",
        evidence=f'APT::Periodic::Unattended-Upgrade "{setting}"; allowed: {"; ".join(_patterns(archive))}',
        remedy=by_hand(f"apt-mark hold {' '.join(touched)}"),
        when="next unattended upgrade",
    )


def _patterns(archive: Archive) -> tuple[str, ...]:
    return tuple(
        text
        for key in ("Unattended-Upgrade::Allowed-Origins", "Unattended-Upgrade::Origins-Pattern")
        for text in archive.settings.get(key, ())
        if text
    )


def _takes(archive: Archive, facts: Facts, package: str) -> bool:
    """Whether an archive that may upgrade this package unattended offers it."""
    blacklist = archive.settings.get("Unattended-Upgrade::Package-Blacklist", ())
    if package not in archive.packages or any(text and _matches(text, package) for text in blacklist):
        return False
    files = {file for offers in archive.packages[package].offers.values() for file in offers}
    releases = [archive.releases[file] for file in files if file in archive.releases]
    words = {"distro_id": facts.os.id.capitalize(), "distro_codename": facts.os.codename}
    return any(_allows(_filled(pattern, words), release) for pattern in _patterns(archive) for release in releases)


def _matches(text: str, package: str) -> bool:
    try:
        return re.match(text, package) is not None
    except re.error:
        return False


def _filled(pattern: str, words: dict[str, str]) -> str:
    return re.sub(r"\$\{(\w+)\}", lambda match: words.get(match[1], match[0]), pattern)


def _allows(pattern: str, release: Release) -> bool:
    """A pattern of either style: "Debian:bookworm-security", or "origin=Debian,codename=bookworm,label=..."."""
    if "=" not in pattern:
        origin, _, suite = pattern.partition(":")
        return origin == release.origin and suite in (release.suite, release.codename)
    fields = {
        **dict.fromkeys(("o", "origin"), release.origin),
        **dict.fromkeys(("l", "label"), release.label),
        **dict.fromkeys(("a", "archive", "suite"), release.suite),
        **dict.fromkeys(("n", "codename"), release.codename),
    }
    pairs = [part.strip().partition("=") for part in pattern.split(",")]
    return all(key not in fields or value == "*" or fields[key] == value for key, _, value in pairs)
