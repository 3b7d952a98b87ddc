"""profile.show and profile.validate."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from checks.doctor import Asked, diagnose
from checks.profiles.choose import decide
from checks.profiles.layer import read
from checks.profiles.profile import load, parse
from checks.report import as_text
from provision.answers import RESULTS
from provision.verbs.profiles import profile_show, profile_validate
from tests.hosts import read as recorded
from tests.test_cli import run


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


Verb = Callable[..., tuple[int, str, str]]


@pytest.fixture
def verb(capsys: pytest.CaptureFixture[str]) -> Iterator[Verb]:
    """Run a verb here, where it needs no host: its status, what it printed, and what it said of errors."""

    def run_verb(task: Any, **flags: str) -> tuple[int, str, str]:
        RESULTS.clear()
        task.body(SimpleNamespace(), **flags)
        out, err = capsys.readouterr()
        return max(RESULTS), out, err

    yield run_verb
    RESULTS.clear()


def test_what_is_shown_is_the_profile_with_a_file_and_line_for_each_value(here: Path, verb: Verb) -> None:
    (here / "gpuwright.toml").write_text('[hosts."gpu*"]\nprofile = "debian"\ngpus = 4\n')
    status, text, _ = verb(profile_show, hosts="gpu01")
    assert status == 0
    assert text.startswith("# gpu01: profile debian, from the site file gpuwright.toml\n")
    assert "gpus = 4  # gpuwright.toml:3\n" in text
    assert "daemon = {}  # not given: the program's default\n" in text
    assert [line for line in text.splitlines() if " = " in line and "  # " not in line] == []
    profile = parse(text, "shown")
    assert (profile.expect.gpus, profile.driver) == (4, load("debian").driver)
    assert verb(profile_show, hosts="gpu01,gpu02")[1].count("from the site file") == 2


def test_every_value_that_is_given_is_shown_with_where(here: Path, verb: Verb) -> None:
    (here / "p.toml").write_text('name = "p"\nextends = "debian"\ndocker.daemon = { a.b = [1], c = { d = "#" } }\n')
    _, text, _ = verb(profile_show, profile="p.toml")
    origins = decide("p.toml", "", str).resolved.origins
    assert set(origins.values()) <= {line.rpartition("  # ")[2] for line in text.splitlines()}
    assert read(text, "x").table["docker"]["daemon"] == {"a": {"b": [1]}, "c": {"d": "#"}}


def test_validate_tells_a_site_file_from_a_profile(here: Path, verb: Verb) -> None:
    (here / "own.toml").write_text('name = "own"\nextends = "debian"\n')
    site = here / "gpuwright.toml"
    site.write_text('[hosts."a*"]\nprofile = "own.toml"\n[hosts.b]\ngpus = 1\n')
    assert verb(profile_validate, file="own.toml")[:2] == (0, "own.toml: a valid profile: own, extends debian\n")
    said = "gpuwright.toml: a valid site file: 2 pattern(s), 1 of them with a profile\n"
    assert verb(profile_validate)[:2] == (0, said)
    (here / "own.toml").write_text('name = "own"\nnonsense = 1\n')
    status, _, error = verb(profile_validate, file=str(site))
    assert status == 65
    assert "own.toml:2: nonsense: not a key here" in error


@pytest.mark.usefixtures("here")
def test_validate_reads_standard_input(verb: Verb, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO('[hosts.a]\nprofile = "debian"\n'))
    assert verb(profile_validate, file="-")[1].startswith("standard input: a valid site file: 1 pattern(s), 1 of them")
    monkeypatch.setattr("sys.stdin", io.StringIO('name = "x"\nextends = "nowhere"\n'))
    status, _, error = verb(profile_validate, file="-")
    assert status == 65
    assert "standard input:2: extends: there is no profile 'nowhere'" in error


@pytest.mark.usefixtures("here")
def test_what_is_left_out_is_said(verb: Verb) -> None:
    status, _, error = verb(profile_show)
    assert (status, "--profile NAME or FILE, or --hosts gpu01,gpu02" in error) == (64, True)
    status, _, error = verb(profile_validate)
    assert (status, "--file FILE; no site file gpuwright.toml counts here" in error) == (64, True)


@pytest.mark.parametrize(
    ("command", "whole"),
    [
        ("fab -H gpu01", "fab -H gpu01 provision --only docker_config --profile 'my own.toml'"),
        ("invoke {} --local", "invoke provision --only docker_config --local --profile 'my own.toml'"),
        ("", "provision --only docker_config --profile 'my own.toml'"),
    ],
)
def test_the_fix_names_the_profile_that_was_asked_for(here: Path, command: str, whole: str) -> None:
    (here / "my own.toml").write_text('name = "own"\nextends = "debian"\ndocker.daemon.debug = true\n')
    made = diagnose(recorded("healthy-debian12-a100"), Asked("my own.toml"), "gpu01", command)
    assert f" fix      {whole}\n" in as_text(made)


def test_the_statuses_of_the_command_line(tmp_path: Path) -> None:
    refused = run("fab", "-H", "gpu01", "profile.show")
    assert refused.returncode == 64
    assert "leave -H out; profile.show --hosts gpu01" in refused.stderr
    bad = tmp_path / "bad.toml"
    bad.write_text('name = "x"\nexpect.gpu = 8\n')
    wrong = run("invoke", "profile.validate", "--file", str(bad))
    assert (wrong.returncode, wrong.stdout) == (65, "")
    assert f"{bad}:2: expect.gpu: not a key here; known: gpus, models, " in wrong.stderr
    unreachable = run("fab", "profile.show", "--hosts", "nohost.invalid")
    assert unreachable.returncode == 69
    assert "no connection" in unreachable.stderr
