"""The lists of the mirror: every entry marked, every payload callable; and the formats that need no host to be read."""

from __future__ import annotations

import inspect
import io
import struct
import tarfile
from typing import TYPE_CHECKING

import pytest

from provision.mirror import openpgp
from tests.lab.errors import LabError
from tests.lab.mirror import apt_repository, data, deb, payloads, rpm, yum_repository
from tests.lab.mirror.package import Package, link, program, text

if TYPE_CHECKING:
    from pathlib import Path

PACKAGE = Package(
    "cuda-try",
    "1:8.0.61-1",
    summary="a try",
    requires=("cuda-license >= 8.0",),
    files={"/usr/bin/try": program("#!/bin/sh\n"), "/usr/bin/again": link("try"), "/etc/try.conf": text("x\n")},
    scripts={"after-install": "echo installed\n"},
    conffiles=("/etc/try.conf",),
)


@pytest.fixture(scope="session")
def key(tmp_path_factory: pytest.TempPathFactory) -> openpgp.Key:
    return openpgp.kept(tmp_path_factory.mktemp("keys") / "key.pem", "lab <lab@gpuwright.invalid>", 1483228800)


def test_every_entry_is_marked_and_every_package_has_its_repository() -> None:
    contents = data.load()
    assert len(contents.packages) > 100
    assert all(each.sourced or each.invented for each in contents.packages)
    assert all(contents.of(repository) for repository in contents.repositories)
    assert {"developer.download.nvidia.com", "download.docker.com"} <= set(contents.hosts)


def test_every_payload_that_is_named_can_be_made() -> None:
    contents = data.load()
    lines = [line for each in contents.packages for line in each.payload]
    lines += [line for each in contents.archives for line in each.payload]
    for line in lines:
        name, *words = line.split()
        inspect.signature(payloads.PAYLOADS[name]).bind(*words)


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ('version = "1"\nrepositories = ["nowhere"]\ninvented = "x"', "nowhere"),
        ('version = "1"\nrepositories = []', "neither sourced nor invented"),
        ('version = "1"\nrepositories = []\ncolour = "blue"', "colour"),
    ],
)
def test_a_wrong_entry_is_named(tmp_path: Path, line: str, wrong: str) -> None:
    (tmp_path / "x.toml").write_text(f'[[package]]\nname = "p"\n{line}\n')
    with pytest.raises(LabError, match=wrong):
        data.load(tmp_path)


def test_a_package_that_is_listed_twice_is_named(tmp_path: Path) -> None:
    entry = '[[package]]\nname = "p"\nversion = "1"\nrepositories = ["r"]\ninvented = "x"\n'
    repository = (
        '[[repository]]\nname = "r"\nhost = "h"\npaths = ["x"]\nformat = "apt-flat"\nkey = "k"\ninvented = "x"\n'
    )
    (tmp_path / "x.toml").write_text(repository + entry + entry)
    with pytest.raises(LabError, match="p 1 is listed twice for r"):
        data.load(tmp_path)


def test_each_repeats_an_entry_with_its_words(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text(
        '[[package]]\nname = "nvidia-{branch}"\neach = [{ v = "375.26" }, { v = "384.81" }]\n'
        'version = "{v}-1"\nrepositories = []\ninvented = "x"\n'
    )
    found = data.load(tmp_path).packages
    assert [(each.name, each.version) for each in found] == [("nvidia-375", "375.26-1"), ("nvidia-384", "384.81-1")]


def test_a_deb_is_an_archive_of_control_and_data_and_always_the_same() -> None:
    built = deb.build(PACKAGE)
    assert built == deb.build(PACKAGE)
    assert built.startswith(b"!<arch>\ndebian-binary")
    packed = built[built.index(b"\x1f\x8b", built.index(b"data.tar.gz")) :]
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        assert tar.getmember("./usr/bin/again").linkname == "try"
        assert tar.getmember("./usr/bin/try").mode == 0o755
    assert "Depends: cuda-license >= 8.0" in deb.control(PACKAGE)


def test_the_header_of_an_rpm_lies_where_the_metadata_says(key: openpgp.Key) -> None:
    built = rpm.build(PACKAGE, key)
    magic, entries, size = struct.unpack(">8sii", built.content[built.start : built.start + 16])
    assert magic == b"\x8e\xad\xe8\x01\0\0\0\0"
    assert built.end - built.start == 16 + 16 * entries + size
    files = yum_repository.repository({PACKAGE: built}, key)
    assert {"cuda-try-8.0.61-1.x86_64.rpm", "repodata/repomd.xml", "repodata/repomd.xml.asc"} <= set(files)


def test_a_relation_that_rpm_would_not_understand_is_refused() -> None:
    assert rpm.relation("dkms >= 2.2") == ("dkms", rpm.GREATER | rpm.EQUAL, "2.2")
    with pytest.raises(ValueError, match="no relation"):
        rpm.relation("dkms (>= 2.2)")


def test_a_release_names_its_indexes_and_is_signed_twice(key: openpgp.Key) -> None:
    files = apt_repository.flat({PACKAGE: deb.build(PACKAGE)}, {"Origin": "NVIDIA"}, key)
    assert b"Origin: NVIDIA" in files["InRelease"]
    assert b"Packages.gz" in files["Release"]
    assert b"Filename: ./cuda-try_8.0.61-1_amd64.deb" in files["Packages"]
    assert files["Release.gpg"].startswith(b"-----BEGIN PGP SIGNATURE-----")


def test_a_line_that_begins_with_a_hyphen_is_escaped_in_a_clear_signature(key: openpgp.Key) -> None:
    assert "\n- -x\n" in key.clear_sign("-x\n")
