"""The real apt in a private root, on a small distribution made for it: exactly enough, whole, and resumed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from provision.errors import BadInput, Unreachable, Usage
from provision.mirror import index, openpgp
from provision.mirror.apt import Root, stanzas
from provision.mirror.systems import Archive, System
from tests.lab.mirror import apt_repository, deb
from tests.lab.mirror.package import Package

pytestmark = pytest.mark.lab

BASE = ("base-files", "libc6", "dpkg")
PACKAGES = (
    Package("base-files", "12", summary="base"),
    Package("libc6", "2.36-9", summary="base"),
    Package("dpkg", "1.21", summary="base", requires=("libc6 (>= 2.30)",)),
    Package("gcc", "12.2", summary="x", requires=("libc6-dev", "dpkg")),
    Package("libc6-dev", "2.36-9", summary="x", requires=("libc6 (= 2.36-9)",)),
    Package("docker-ce", "5:29.1-1", summary="x", requires=("gcc", "libc6 (>= 2.30)")),
    Package("nobody-asks", "1", summary="x"),
)
ARM = tuple(replace(one, arch="aarch64") for one in PACKAGES)


@pytest.fixture
def made(tmp_path: Path) -> tuple[Path, System]:
    """A signed repository in a folder, of which three packages are what debootstrap would install."""
    return offered(tmp_path, PACKAGES)


def offered(tmp_path: Path, packages: tuple[Package, ...]) -> tuple[Path, System]:
    """One of these packages."""
    key = openpgp.fresh("site <site@example>", 1_700_000_000)
    files = apt_repository.flat({one: deb.build(one) for one in packages}, {"Origin": "x"}, key)
    text = files["Packages"].decode()
    for name in BASE:
        text = text.replace(f"Package: {name}\n", f"Package: {name}\nEssential: yes\n")
    indexes = apt_repository._indexes("", text)
    files |= {**indexes, **apt_repository._release(indexes, {"Origin": "x"}, key)}
    folder = tmp_path / "archive"
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    (tmp_path / "ring.gpg").write_bytes(key.public)
    return folder, System(
        (), "apt", "x86_64", "amd64", (Archive("http://distribution/", ("/",)),), "", str(tmp_path / "ring.gpg"), "x"
    )


def root(made: tuple[Path, System], tmp_path: Path, arch: str = "amd64") -> Root:
    folder, system = made
    one = Root(tmp_path / "root", tmp_path / "to", arch)
    one.offer(system, {"http://distribution/": f"file:{folder}/"})
    one.update()
    one.settle()
    return one


def test_exactly_what_a_fresh_installation_lacks(made: tuple[Path, System], tmp_path: Path) -> None:
    one = root(made, tmp_path)
    assert set(one.base) == set(BASE)
    found = one.lacking(["docker-ce"])
    # libc6 is there, but libc6-dev wants it in one version only, and the host's may be older.
    assert sorted(each.name for each in found) == ["docker-ce", "gcc", "libc6", "libc6-dev"]
    one.fetch(["docker-ce"], found)
    assert {path.name for path in (tmp_path / "to").glob("*.deb")} == {each.file for each in found}


def test_of_a_repository_of_two_architectures_the_asked_one_comes(tmp_path: Path) -> None:
    one = root(offered(tmp_path, (*PACKAGES, *ARM)), tmp_path, "arm64")
    assert {each.stanza["Architecture"] for each in one.base.values()} == {"arm64"}
    found = one.lacking(["docker-ce"])
    one.fetch(["docker-ce"], found)
    there = {path.name for path in (tmp_path / "to").glob("*.deb")}
    assert there == {each.file for each in found}
    assert {name.rpartition("_")[2] for name in there} == {"arm64.deb"}
    index.write_apt(tmp_path / "to", found, "arm64", openpgp.fresh("x <x@example>", 1_700_000_000), 1_700_000_000)
    assert "Architectures: arm64\n" in (tmp_path / "to/Release").read_text()


def test_a_second_fetch_goes_on_and_a_damaged_file_comes_again(made: tuple[Path, System], tmp_path: Path) -> None:
    one = root(made, tmp_path)
    found = one.lacking(["docker-ce"])
    one.fetch(["docker-ce"], found)
    before = {path.name: path.stat().st_ino for path in (tmp_path / "to").glob("*.deb")}
    lost, damaged, *kept = sorted(before)
    (tmp_path / "to" / lost).unlink()
    content = (tmp_path / "to" / damaged).read_bytes()
    (tmp_path / "to" / damaged).write_bytes(content[:-1] + b"x")
    one.fetch(["docker-ce"], found)
    after = {path.name: path.stat().st_ino for path in (tmp_path / "to").glob("*.deb")}
    assert after.keys() == before.keys()
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}, "these were left as they were"
    assert (tmp_path / "to" / damaged).read_bytes() == content


def test_a_package_that_is_not_what_its_index_says_is_refused(made: tuple[Path, System], tmp_path: Path) -> None:
    folder, _ = made
    file = folder / "gcc_12.2_amd64.deb"
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    one = root(made, tmp_path)
    with pytest.raises((BadInput, Unreachable), match=r"gcc_12.2_amd64.deb|Hash Sum mismatch"):
        one.fetch(["docker-ce"], one.lacking(["docker-ce"]))
    assert not (tmp_path / "to" / file.name).exists()


def test_a_list_that_another_key_signed_is_refused(made: tuple[Path, System], tmp_path: Path) -> None:
    folder, system = made
    other = openpgp.fresh("other <other@example>", 1_700_000_000)
    (tmp_path / "ring.gpg").write_bytes(other.public)
    with pytest.raises(Unreachable, match=r"NO_PUBKEY|not signed|Missing key"):
        root((folder, system), tmp_path)


def test_without_the_distributions_keys_nothing_begins(made: tuple[Path, System], tmp_path: Path) -> None:
    folder, system = made
    with pytest.raises(Usage, match="apt install x"):
        root((folder, replace(system, keyring="/nowhere")), tmp_path)


def test_the_index_names_what_is_there_and_apt_reads_it(made: tuple[Path, System], tmp_path: Path) -> None:
    one = root(made, tmp_path)
    found = one.lacking(["docker-ce"])
    one.fetch(["docker-ce"], found)
    (tmp_path / "to" / "left-over_1_amd64.deb").write_bytes(b"")
    key = openpgp.fresh("mirror <mirror@example>", 1_700_000_000)
    index.write_apt(tmp_path / "to", found, "amd64", key, 1_700_000_000)
    assert not (tmp_path / "to" / "left-over_1_amd64.deb").exists()
    listed = stanzas((tmp_path / "to" / "Packages").read_text())
    assert {each["Filename"] for each in listed} == {f"./{each.file}" for each in found}
    (tmp_path / "ring.gpg").write_bytes(key.public)
    other = Root(tmp_path / "other", tmp_path / "again", "amd64")
    other.offer(made[1], {"http://distribution/": f"file:{tmp_path}/to/"})
    other.update()
    other.status.write_text(one.status.read_text())
    assert sorted(each.name for each in other.installs(["docker-ce"])) == ["docker-ce", "gcc", "libc6-dev"]
