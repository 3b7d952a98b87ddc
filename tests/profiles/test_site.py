"""The site file: which profile counts for a host, what is overridden, and what is wrong with a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.facts import Facts
from checks.facts.reading import Reading
from checks.facts.recording import Recording
from checks.profiles import site
from checks.profiles.choose import choose, decide
from checks.profiles.layer import BadProfile, read
from checks.profiles.profile import load, render
from tests.hosts import read as recorded

SITE = """\
[hosts."*"]
override.driver_volume.method = "copy"

[hosts."gpu[01-16]"]
profile = "debian"
gpus = 8

[hosts."dgx*"]
profile = "own/dgx.toml"
override.docker.daemon.live-restore = true
override.docker.daemon.log-opts.max-size = "10m"

[hosts.gpu07]
gpus = 7
"""
DGX = 'name = "dgx"\nextends = "debian"\n[docker.daemon]\nlog-opts.max-file = "3"\n'


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "here"
    (folder / "own").mkdir(parents=True)
    (folder / site.NAME).write_text(SITE)
    (folder / "own/dgx.toml").write_text(DGX)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return folder


def held() -> str:
    """What provisioning has left on a host."""
    return render(load("debian")).replace('name = "debian"', 'name = "held"')


def nothing() -> str:
    return ""


def unasked() -> str:
    raise AssertionError


def test_the_order_of_the_contract(here: Path) -> None:
    assert decide("debian", "dgx1", unasked).source == "--profile debian"
    assert decide("", "dgx1", unasked).resolved.profile.name == "dgx"
    assert decide("", "other", held).resolved.profile.name == "held"
    assert decide("", "other", nothing).resolved.profile.name == "current"
    (here / site.NAME).unlink()
    assert decide("", "dgx1", held).resolved.profile.name == "held"


@pytest.mark.usefixtures("here")
def test_what_is_overridden_counts_on_top_of_all_but_what_is_asked_for() -> None:
    assert decide("", "other", held).resolved.profile.driver_volume.method == "copy"
    assert decide("", "other", nothing).resolved.profile.driver_volume.method == "copy"
    assert decide("debian", "other", nothing).resolved.profile.driver_volume.method == "auto"


@pytest.mark.usefixtures("here")
def test_all_patterns_that_fit_count_and_the_later_ones_are_above() -> None:
    assert decide("", "ops@gpu07.lan:22", nothing).resolved.profile.expect.gpus == 7
    found = decide("", "gpu08", nothing).resolved
    assert (found.profile.expect.gpus, found.profile.driver_volume.method) == (8, "copy")
    assert found.origins["expect", "gpus"] == "gpuwright.toml:6"
    assert found.origins["driver_volume", "method"] == "gpuwright.toml:2"
    assert found.origins["docker", "packages"].startswith("debian.toml:")
    dgx = decide("", "dgx1", nothing).resolved
    assert dgx.profile.docker.daemon == {"log-opts": {"max-file": "3", "max-size": "10m"}, "live-restore": True}
    assert dgx.origins["docker", "daemon", "log-opts", "max-file"] == "own/dgx.toml:4"
    assert dgx.origins["docker", "daemon", "log-opts", "max-size"] == "gpuwright.toml:11"


def test_the_file_here_stands_before_the_users_own(here: Path, tmp_path: Path) -> None:
    own = tmp_path / "config/gpuwright/gpuwright.toml"
    own.parent.mkdir(parents=True)
    own.write_text('[hosts."*"]\ngpus = 3\n')
    assert site.find() == Path("gpuwright.toml")
    (here / site.NAME).unlink()
    assert site.find() == own
    assert decide("", "any", nothing).resolved.profile.expect.gpus == 3
    own.unlink()
    assert site.find() is None


@pytest.mark.usefixtures("here")
def test_a_host_is_known_by_its_name_as_given_or_by_its_own() -> None:
    facts = Facts(recorded("healthy-debian12-a100"))
    assert facts.host.name == "gpu01"
    assert choose("", facts).expect.gpus == 8
    assert choose("", facts, "localhost").expect.gpus == 8
    assert choose("", facts, "dgx1").name == "dgx"
    assert choose("", Facts(Recording({"applied": Reading(0, "")}))).name == "as-found"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            '[hosts."*"]\ngpu = 8',
            'f:2: hosts."*".gpu: not a key here; known: profile, gpus, override; did you mean gpus',
        ),
        ("[hosts.a]\ngpus = -1", "f:2: hosts.a.gpus: wants a number of GPUs, not -1"),
        ("[hosts.a.override]\nname = 'x'", "f:2: hosts.a.override.name: not a key here; known: driver, docker"),
        ("[hosts.a]\noverride.docker.daemon = 1", "f:2: hosts.a.override.docker.daemon: wants a table of the keys"),
        ('[hosts."gpu[9-1]"]\n', 'f:1: hosts."gpu[9-1]": the range 9-1 is empty'),
        ("hosts = ['a']", "f:1: hosts: wants a table, not ['a']"),
        ("[hosts]\na = 'debian'", "f:2: hosts.a: wants a table, not 'debian'"),
        ("[host.a]", "f:1: host: not a key here; known: hosts; did you mean hosts?"),
        ("[hosts.a\n", "f: not TOML: "),
    ],
)
def test_a_bad_site_file_names_the_file_the_line_and_the_key(text: str, words: str) -> None:
    with pytest.raises(BadProfile) as error:
        site.checked(read(text, "f"))
    assert words in str(error.value)


def test_a_profile_that_is_not_there_is_named_with_the_line_of_the_site_file(here: Path) -> None:
    (here / site.NAME).write_text('[hosts."*"]\nprofile = "debain"\n')
    with pytest.raises(BadProfile, match=r"gpuwright\.toml:2: hosts\.\"\*\"\.profile: there is no profile 'debain'"):
        decide("", "any", nothing)
