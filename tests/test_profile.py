"""Profiles: what is read, and the one clear error for what cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.facts import Facts
from checks.facts.reading import Reading
from checks.facts.recording import Recording
from checks.profiles.choose import choose
from checks.profiles.profile import BadProfile, load, names, parse, render

GOOD = (Path(__file__).parent.parent / "checks/profiles/debian.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", names())
def test_a_resolved_profile_is_read_back(name: str) -> None:
    profile = load(name)
    assert parse(render(profile), "again") == profile


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            'method = "auto"',
            'metod = "auto"',
            "p.toml:22: driver_volume.metod: not a key of a profile; known here: method",
        ),
        ('method = "auto"', 'method = "rsync"', "p.toml:22: driver_volume.method: wants one of auto, link, copy"),
        ("gpus = 0", "gpus = -1", "p.toml:25: expect.gpus: wants a number of GPUs, not -1"),
        ("gpus = 0", "gpus = true", "p.toml:25: expect.gpus: wants a number of GPUs, not True"),
        ("bookworm = 535", 'bookworm = "535"', "driver.branch: wants a table of release = number"),
        ('["docker.io"]', '["docker.io; rm -rf /"]', "docker.packages: wants a list of names"),
        ('["docker.io"]', '"docker.io"', "docker.packages: wants a list of names"),
        ('name = "debian"', "name = 3", "name: wants a name of small letters"),
        ("[docker]", "[dokcer]", "dokcer: not a key of a profile"),
        ("[docker]", "[docker", "p.toml: "),
    ],
)
def test_a_bad_profile_names_the_file_the_line_and_the_key(old: str, new: str, words: str) -> None:
    assert old in GOOD
    with pytest.raises(BadProfile) as error:
        parse(GOOD.replace(old, new, 1), "p.toml")
    assert words in str(error.value)


def test_an_unknown_profile_names_the_known_ones() -> None:
    with pytest.raises(BadProfile, match=r"there is no profile 'curent'; known: debian"):
        load("curent")


def _host(applied: str) -> Facts:
    return Facts(Recording({"applied": Reading(0, applied)}))


def test_what_is_asked_for_wins_then_what_the_host_holds_then_the_default() -> None:
    held = GOOD.replace('name = "debian"', 'name = "held"')
    assert choose("", _host(held)).name == "held"
    assert choose("debian", _host(held)).name == "debian"
    assert choose("", _host("")).name == "debian"
    with pytest.raises(BadProfile, match=r"the host's /etc/gpuwright/profile\.toml"):
        choose("", _host("nonsense = 1\n"))
