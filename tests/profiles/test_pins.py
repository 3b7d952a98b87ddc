"""Packages by name and by version: exact, or a branch."""

from __future__ import annotations

import pytest

from checks.facts.os import Os
from checks.facts.packages import Package, Packages
from checks.profiles import pins


@pytest.mark.parametrize(
    ("wanted", "there", "fits"),
    [
        ("docker-ce", "17.09.1~ce-0~ubuntu", True),
        ("docker-ce=17.09.1~ce", "17.09.1~ce-0~ubuntu", True),
        ("docker-ce=17.09", "17.09.1~ce-0~ubuntu", True),
        ("docker-ce=17.0", "17.09.1~ce-0~ubuntu", False),
        ("docker-ce=18", "17.09.1~ce-0~ubuntu", False),
        ("nvidia-kmod=375", "1:375.66-2.el7", True),
        ("nvidia-kmod=375.66", "1:375.66-2.el7", True),
        ("nvidia-kmod=375.6", "1:375.66-2.el7", False),
        ("nvidia-kmod=1:375.66-2.el7", "1:375.66-2.el7", True),
        ("nvidia-kmod=2:375.66", "1:375.66-2.el7", False),
    ],
)
def test_a_version_is_exact_or_a_beginning_up_to_a_dot_or_a_dash(wanted: str, there: str, fits: bool) -> None:
    name = pins.name(wanted)
    packages = Packages({name: Package(name, there, "ii")})
    assert pins.missing(packages, (wanted,)) == (() if fits else (wanted,))


def test_a_package_that_is_not_there_is_missing_whatever_the_version() -> None:
    assert pins.missing(Packages({"a": Package("a", "1", "rc")}), ("a", "b=2")) == ("a", "b=2")


def test_apt_is_asked_with_an_equals_sign_and_rpm_with_a_dash() -> None:
    wanted = ("dkms", "nvidia-375=375.66")
    assert pins.asked(wanted, "apt") == ("dkms", "nvidia-375=375.66*")
    assert pins.asked(wanted, "rpm") == ("dkms", "nvidia-375-375.66*")


@pytest.mark.parametrize(
    ("os", "release", "family"),
    [
        (Os("debian", "12", "bookworm", ""), "bookworm", "apt"),
        (Os("ubuntu", "16.04", "xenial", ""), "xenial", "apt"),
        (Os("centos", "7", "", ""), "el7", "rpm"),
        (Os("rocky", "9.6", "", ""), "el9", "rpm"),
        (Os("linuxmint", "21", "vera", ""), "", ""),
    ],
)
def test_profiles_know_a_release_by_one_name(os: Os, release: str, family: str) -> None:
    assert (os.release, os.family) == (release, family)
