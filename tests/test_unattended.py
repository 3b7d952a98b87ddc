"""Which archives unattended-upgrades takes packages from: its patterns in all their forms, and its blacklist.

The forms are those of /etc/apt/apt.conf.d/50unattended-upgrades (Debian's and Ubuntu's) and of the program's README.
"""

from __future__ import annotations

import pytest

from checks.driver.unattended_upgrades import _allows, _filled, _matches
from checks.facts.archive import Release

SECURITY = Release("security", "Debian", "Debian-Security", "stable-security", "bookworm-security")


@pytest.mark.parametrize(
    ("pattern", "allowed"),
    [
        ("Debian:stable-security", True),
        ("Debian:bookworm-security", True),
        ("Debian:bookworm", False),
        ("Ubuntu:stable-security", False),
        ("origin=Debian", True),
        ("o=Debian", True),
        ("o=Ubuntu", False),
        ("label=Debian-Security", True),
        ("l=Debian", False),
        ("a=stable-security", True),
        ("archive=stable-security", True),
        ("suite=stable-security", True),
        ("a=stable", False),
        ("n=bookworm-security", True),
        ("codename=bookworm-security", True),
        ("n=trixie", False),
        ("origin=Debian, label=Debian-Security", True),
        ("origin=Debian,codename=trixie", False),
        ("origin=*", True),
        ("origin=*,label=Ubuntu", False),
        ("site=security.debian.org,origin=Debian", True),
    ],
)
def test_a_pattern_allows_what_it_names(pattern: str, allowed: bool) -> None:
    assert _allows(pattern, SECURITY) is allowed


def test_placeholders_are_filled_and_unknown_ones_stay() -> None:
    words = {"distro_id": "Debian", "distro_codename": "bookworm"}
    assert _filled("${distro_id}:${distro_codename}-security", words) == "Debian:bookworm-security"
    assert _filled("${other}", words) == "${other}"


@pytest.mark.parametrize(
    ("text", "listed"),
    [("nvidia-", True), ("nvidia-driver$", True), ("libc6", False), ("river", False), ("*nvidia", False)],
)
def test_the_blacklist_is_expressions_matched_from_the_start(text: str, listed: bool) -> None:
    assert _matches(text, "nvidia-driver") is listed
