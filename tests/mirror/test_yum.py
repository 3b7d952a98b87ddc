"""A copy of a yum repository with some of its packages: exactly these, whole, and signed where the index counts."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from provision.errors import BadInput, Unreachable
from provision.mirror import openpgp, yum
from provision.mirror.rpm import Metadata
from provision.mirror.yum import Source
from tests.lab.mirror import rpm as lab_rpm
from tests.lab.mirror import yum_repository
from tests.lab.mirror.package import Package

KEY = openpgp.fresh("vendor <vendor@example>", 1_700_000_000)
PACKAGES = tuple(
    Package(name, "1:1.20.0-1", summary="x", requires=requires)
    for name, requires in (("toolkit", ("tools = 1:1.20.0-1",)), ("tools", ()), ("nobody-asks", ()))
)


@pytest.fixture
def vendor(tmp_path: Path) -> Source:
    """A repository in a folder."""
    folder = tmp_path / "vendor"
    for name, content in yum_repository.repository({each: lab_rpm.build(each, KEY) for each in PACKAGES}, KEY).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    (tmp_path / "key.bare").write_bytes(KEY.public)
    return Source("vendor", folder.as_uri(), "x86_64")


def test_the_copy_has_what_is_needed_and_reads_as_the_vendors(vendor: Source, tmp_path: Path) -> None:
    packages, core = yum.read(vendor, tmp_path)
    assert core == frozenset()
    needed, missing = Metadata(packages).closure(["toolkit-1.20.0*"])
    assert missing == []
    (tmp_path / "to").mkdir()
    (tmp_path / "to/left-over-1-1.x86_64.rpm").write_bytes(b"")
    yum.fetch(vendor, needed, tmp_path / "to", None)
    assert sorted(path.name for path in (tmp_path / "to").glob("*.rpm")) == [
        "toolkit-1.20.0-1.x86_64.rpm",
        "tools-1.20.0-1.x86_64.rpm",
    ]
    again, _ = yum.read(Source("to", (tmp_path / "to").as_uri(), "x86_64"), tmp_path)
    assert {(each.full, each.sha256, each.requires) for each in again} == {
        (each.full, each.sha256, each.requires) for each in needed
    }
    assert all((tmp_path / "to" / each.location).is_file() for each in again)


def test_a_wrong_checksum_is_refused(vendor: Source, tmp_path: Path) -> None:
    packages, _ = yum.read(vendor, tmp_path)
    file = tmp_path / "vendor/tools-1.20.0-1.x86_64.rpm"
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(BadInput, match="is not what is meant"):
        yum.fetch(vendor, packages, tmp_path / "to", None)
    primary = next((tmp_path / "vendor/repodata").glob("*primary*"))
    primary.write_bytes(primary.read_bytes() + b"x")
    with pytest.raises(Unreachable, match=r"is not what its repomd.xml says"):
        yum.read(vendor, tmp_path)


@pytest.mark.lab
def test_an_index_counts_when_the_repositorys_key_has_signed_it(vendor: Source, tmp_path: Path) -> None:
    signed = Source("vendor", vendor.url, "x86_64", tmp_path / "key.bare")
    packages, _ = yum.read(signed, tmp_path)
    mirror = openpgp.fresh("mirror <mirror@example>", 1_700_000_000)
    yum.fetch(signed, packages, tmp_path / "to", mirror)
    (tmp_path / "mirror.bare").write_bytes(mirror.public)
    assert yum.read(Source("to", (tmp_path / "to").as_uri(), "x86_64", tmp_path / "mirror.bare"), tmp_path)[0]
    (tmp_path / "key.bare").write_bytes(openpgp.fresh("other <other@example>", 1_700_000_000).public)
    with pytest.raises(Unreachable, match="its index is not signed by its key"):
        yum.read(signed, tmp_path)


@pytest.mark.lab
def test_a_host_whose_clock_is_hours_behind_takes_what_the_directory_signed(tmp_path: Path) -> None:
    """Without a way out there are no time servers. Here it is the directory's clock that is ahead."""
    key = openpgp.fresh("mirror <mirror@example>", int(time.time()) + 20 * 3600)
    for name, content in (("ring.gpg", key.public), ("text", b"x"), ("signature", key.sign(b"x"))):
        (tmp_path / name).write_bytes(content)
    ask = ["gpgv", "--keyring", *(str(tmp_path / name) for name in ("ring.gpg", "signature", "text"))]
    done = subprocess.run(ask, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
