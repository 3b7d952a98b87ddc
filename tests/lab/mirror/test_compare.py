"""The comparison with the live repositories, held against the mirror's own: equal, changed, and out of reach."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from checks.profiles.profile import load
from provision.mirror import openpgp
from tests.lab.errors import LabError
from tests.lab.mirror import apt_repository, compare, data, deb, rpm, yum_repository
from tests.lab.mirror.package import Package

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FORMATS = {"rpm": "cuda-rhel9", "apt-flat": "cuda-ubuntu2404", "apt": "docker-noble"}


NO_HOST = ("resolute",)
"""Releases that the profile knows, and of which the lab has no hosts."""


def nobody(url: str) -> bytes:
    raise LabError(f"{url} cannot be reached (no route to host): is there internet here?")


def served(repository: data.Repository, key: openpgp.Key, change: str = "") -> Callable[[str], bytes]:
    """The lists themselves as a live repository; `change`: a package that has another version there."""
    packages = [
        Package(each.name, "0-0" if each.name == change else each.version, each.arch, requires=each.requires)
        for each in data.load().of(repository)
    ]
    if repository.format == "rpm":
        files = yum_repository.repository({each: rpm.build(each, key) for each in packages}, key)
    elif repository.format == "apt":
        files = apt_repository.suites({each: deb.build(each) for each in packages}, repository, key)
    else:
        files = apt_repository.flat({each: deb.build(each) for each in packages}, repository.fields, key)
    return lambda url: files[url.removeprefix(f"https://{repository.host}/{repository.paths[0]}/")]


@pytest.mark.parametrize("name", FORMATS.values(), ids=FORMATS)
def test_the_lists_are_equal_to_themselves_and_a_changed_version_is_named(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = openpgp.kept(tmp_path / "key.pem", "lab <lab@gpuwright.invalid>", 1483228800)
    repository = next(each for each in data.load().repositories if each.name == name)
    assert compare.main([name], served(repository, key)) == 0
    assert "no differences" in capsys.readouterr().out
    changed = data.load().of(repository)[0].name
    assert compare.main([name], served(repository, key, changed)) == 1
    assert f"{changed} " in capsys.readouterr().out


def test_another_label_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = openpgp.kept(tmp_path / "key.pem", "lab <lab@gpuwright.invalid>", 1483228800)
    repository = next(each for each in data.load().repositories if each.name == "cuda-debian12")
    other = replace(repository, fields={**repository.fields, "Label": "cuda"})
    assert compare.main(["cuda-debian12"], served(other, key)) == 1
    assert "its Label is cuda, not NVIDIA CUDA" in capsys.readouterr().out


def test_every_repository_of_the_profile_current_is_in_the_mirror_and_is_compared(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert compare.main([], nobody) == 69
    compared = {line.partition(":")[0] for line in capsys.readouterr().out.splitlines()}
    listed = {
        (f"https://{each.host}/{path}", suite): each
        for each in data.load().repositories
        for path in each.paths
        for suite in each.suites or ("",)
    }
    for name, wanted in load("current").repositories.items():
        if wanted.release in NO_HOST:
            continue
        machine = wanted.arch.get("x86_64", "amd64" if "/deb/" in wanted.url else "x86_64")
        found = listed[wanted.url.replace("{arch}", machine).rstrip("/"), wanted.suite.strip("/")]
        assert found.name in compared or found.key == compare.NOT_COMPARED, name
        assert not wanted.prefer or found.format == "rpm" or found.fields["Label"] == wanted.prefer


def test_what_is_missing_and_what_more_is_required_is_said() -> None:
    listed = data.Listed("cuda-toolkit-13-2", "13.2.1-1", (), requires=("cuda-libraries-13-2",), sourced="x")
    more = compare.Live(listed.name, listed.version, frozenset({"cuda-libraries-13-2", "cuda-nvcc-13-2"}))
    assert list(compare.differences([listed], [more])) == ["cuda-toolkit-13-2 13.2.1-1 also requires cuda-nvcc-13-2"]
    assert list(compare.differences([listed], [])) == ["cuda-toolkit-13-2 is not there"]


def test_without_internet_it_refuses_with_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert compare.main(["docker-noble"], nobody) == 69
    assert "is there internet here?; it was not compared" in capsys.readouterr().out


def test_a_web_page_is_no_metadata(capsys: pytest.CaptureFixture[str]) -> None:
    assert compare.main(["cuda-rhel9"], lambda _: b"<html><p>Sign in</html>") == 69
    assert "no metadata" in capsys.readouterr().out


def test_an_unknown_repository_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert compare.main(["nowhere"]) == 64
    assert "cuda-rhel9" in capsys.readouterr().out
