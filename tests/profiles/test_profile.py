"""Profiles: what is read, and the one clear error for what cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.facts import Facts
from checks.facts.reading import Reading
from checks.facts.recording import Recording
from checks.profiles.choose import choose
from checks.profiles.layer import merge, read
from checks.profiles.profile import BadProfile, having, layers, load, names, parse, render, resolve

GOOD = """\
name = "debian"

[driver]
packages = ["nvidia-kernel-dkms", "nvidia-smi"]

[driver.branch]
bookworm = 535

[docker]
packages = ["docker.io"]

[docker.also]
trixie = ["docker-cli"]

[driver_volume]
method = "auto"

[expect]
gpus = 0
"""


@pytest.mark.parametrize("name", names())
def test_a_resolved_profile_is_read_back(name: str) -> None:
    profile = load(name)
    assert parse(render(profile), "again") == profile


def test_what_daemon_json_must_hold_is_read_back_whole() -> None:
    daemon = {"log-opts": {"max-size": "10m"}, "features": {}, "x.y": [1, 1.5, True, {"a": '\u007f\n"\u00fc'}]}
    profile = having(load("debian"), {"docker": {"daemon": daemon}})
    assert parse(render(profile), "again").docker.daemon == daemon


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            'method = "auto"',
            'metod = "auto"',
            "p.toml:16: driver_volume.metod: not a key here; known: method; did you mean method?",
        ),
        (
            'method = "auto"',
            'method = "lnk"',
            "p.toml:16: driver_volume.method: wants one of auto, link, copy, plugin, none, not 'lnk'",
        ),
        ("gpus = 0", "gpus = -1", "p.toml:19: expect.gpus: wants a number of GPUs, not -1"),
        ("gpus = 0", "gpus = true", "p.toml:19: expect.gpus: wants a number of GPUs, not True"),
        ("bookworm = 535", 'bookworm = "535"', "p.toml:7: driver.branch.bookworm: wants a number, not '535'"),
        (
            '["docker.io"]',
            '["docker.io; rm -rf /"]',
            "p.toml:10: docker.packages: wants a list of packages: 'docker.io; rm -rf /' is not a package's name",
        ),
        ('["docker.io"]', '"docker.io"', "p.toml:10: docker.packages: wants a list of packages, not 'docker.io'"),
        ("[docker.also]", "[docker.daemon]\na.b = [1, inf]\n[docker.also]", "p.toml:13: docker.daemon.a.b: JSON can"),
        ('name = "debian"', "name = 3", "p.toml:1: name: wants a name of small letters"),
        ('name = "debian"', "", "p.toml: name: is missing"),
        ("[docker]", "[dokcer]", "p.toml:9: dokcer: not a key here; known: driver, docker, "),
        ('packages = ["docker.io"]', "packages = [[1]]", "p.toml:10: docker.packages: wants a list of packages"),
        ("[expect]", "[[expect]]", "p.toml:18: expect: wants a table, not ["),
        ("[docker]", "[docker", "p.toml: not TOML: "),
    ],
)
def test_a_bad_profile_names_the_file_the_line_and_the_key(old: str, new: str, words: str) -> None:
    assert old in GOOD
    with pytest.raises(BadProfile) as error:
        parse(GOOD.replace(old, new, 1), "p.toml")
    assert words in str(error.value)


def test_everything_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(BadProfile) as error:
        parse('nam = "x"\n[expect]\ngpus = "many"\n', "p.toml")
    assert [line.partition(": ")[0] for line in str(error.value).splitlines()] == ["p.toml:1", "p.toml:3", "p.toml"]


def test_an_unknown_profile_names_the_known_ones() -> None:
    with pytest.raises(
        BadProfile, match=r"there is no profile 'debain'; known: as-found, current, debian.*did you mean debian\?"
    ):
        load("debain")


def test_a_profile_extends_another_and_says_where_each_value_comes_from(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/base.toml").write_text('name = "base"\nextends = "debian"\n[expect]\ngpus = 2\n')
    top = tmp_path / "top.toml"
    top.write_text('name = "top"\nextends = "sub/base.toml"\ndocker.also.trixie = ["x-cli"]\nexpect.gpus = 8\n')
    found = resolve(layers(str(top)))
    assert (found.profile.name, found.profile.extends, found.profile.expect.gpus) == ("top", "", 8)
    assert found.profile.driver == load("debian").driver
    assert found.profile.docker.also == {"trixie": ("x-cli",)}
    assert found.origins["expect", "gpus"] == f"{top}:4"
    assert found.origins["docker", "also", "trixie"] == f"{top}:3"
    assert found.origins["driver", "branch", "trixie"].startswith("debian.toml:")


@pytest.mark.parametrize(
    ("extends", "words"),
    [
        ("b.toml", r"b\.toml:2: extends: .*a\.toml extends this file in turn"),
        ("a.toml", r"a\.toml:2: extends: .*a\.toml extends this file in turn"),
        ("no.toml", r"a\.toml:2: extends: there is no profile 'no\.toml'; known: as-found, current, debian"),
        ("bad.toml", r"bad\.toml:2: nonsense: not a key here"),
    ],
)
def test_what_cannot_be_extended_is_said(tmp_path: Path, extends: str, words: str) -> None:
    (tmp_path / "a.toml").write_text(f'name = "a"\nextends = "{extends}"\n')
    (tmp_path / "b.toml").write_text('name = "b"\nextends = "../' + tmp_path.name + '/a.toml"\n')
    (tmp_path / "bad.toml").write_text('name = "bad"\nnonsense = 1\n')
    with pytest.raises(BadProfile, match=words):
        load(str(tmp_path / "a.toml"))


def test_a_later_value_replaces_a_table_and_the_other_way_round() -> None:
    below, above = read("x.a = 1\nx.b = 2\ny = 1\n", "low"), read("x = 3\ny.c = 4\n", "high")
    assert merge([below, above]) == ({"x": 3, "y": {"c": 4}}, {("x",): "high:1", ("y", "c"): "high:2"})


def _host(applied: str) -> Facts:
    return Facts(Recording({"applied": Reading(0, applied)}))


def test_what_is_asked_for_wins_then_what_the_host_holds_then_the_default() -> None:
    held = GOOD.replace('name = "debian"', 'name = "held"')
    assert choose("", _host(held)).name == "held"
    assert choose("debian", _host(held)).name == "debian"
    assert choose("", _host("")).name == "as-found"
    assert choose("", _host(""), otherwise="current").name == "current"
    with pytest.raises(BadProfile, match=r"the host's /etc/gpuwright/profile\.toml"):
        choose("", _host("nonsense = 1\n"))
