"""Enterprise Linux' packages from their metadata: versions as rpm compares them, and what a name needs to the end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from provision.errors import Unreachable
from provision.mirror import openpgp, rpm
from provision.mirror.rpm import Metadata, Relation
from tests.lab.mirror import rpm as lab_rpm
from tests.lab.mirror import yum_repository
from tests.lab.mirror.package import Package

# From rpm's own tests, tests/rpmvercmp.at.
VERSIONS = (
    ("1.0", "1.0", 0),
    ("1.0", "2.0", -1),
    ("2.0.1a", "2.0.1", 1),
    ("5.5p1", "5.5p10", -1),
    ("10xyz", "10.1xyz", -1),
    ("xyz10", "xyz10.1", -1),
    ("8", "xyz.4", 1),
    ("5.0.0-1", "5.0.0_1", 0),
    ("2.1.7-95.el7", "2.1.7-95.el7", 0),
    ("20101121", "20101122", -1),
    ("1.0~rc1", "1.0", -1),
    ("1.0~rc1", "1.0~rc2", -1),
    ("1.0^", "1.0", 1),
    ("580.95.05", "595.71.05", -1),
)


@pytest.mark.parametrize(("one", "other", "order"), VERSIONS)
def test_versions_are_compared_as_rpm_does(one: str, other: str, order: int) -> None:
    assert rpm.compare(one, other) == order
    assert rpm.compare(other, one) == -order


@pytest.mark.parametrize(
    ("flags", "version", "met"),
    [
        ("EQ", "3:595.71.05", True),
        ("EQ", "3:580.95.05", False),
        ("GE", "3:580", True),
        ("LT", "3:600", True),
        ("", "", True),
    ],
)
def test_what_is_provided_meets_what_is_required(flags: str, version: str, met: bool) -> None:
    epoch, _, rest = version.partition(":")
    provided = Relation("nvidia-kmod", "EQ", ("3", "595.71.05", "1"))
    assert rpm.meets(provided, Relation("nvidia-kmod", flags, (epoch or "0", rest, ""))) == met


def metadata(preferred: tuple[str, ...] = (), machine: str = "x86_64", **repositories: tuple[Package, ...]) -> Metadata:
    key = openpgp.fresh("x <x@example>", 1_700_000_000)
    found: list[rpm.Package] = []
    for name, packages in repositories.items():
        files = yum_repository.repository({each: lab_rpm.build(each, key) for each in packages}, key)
        at = next(path for path in files if "primary" in path)
        found += rpm.primary(name, rpm.unpacked(at, files[at]), machine)
    return Metadata(found, preferred)


def package(name: str, version: str, *requires: str, provides: tuple[str, ...] = ()) -> Package:
    return Package(name, version, summary="x", requires=requires, provides=provides)


CUDA = (
    package("nvidia-driver-cuda", "3:580.95.05-1", "nvidia-kmod = 3:580.95.05"),
    package("nvidia-driver-cuda", "3:595.71.05-1", "nvidia-kmod = 3:595.71.05"),
    package("kmod-open", "3:595.71.05-1", "dkms", provides=("nvidia-kmod = 3:595.71.05",)),
    package("kmod-closed", "3:595.71.05-1", "dkms", provides=("nvidia-kmod = 3:595.71.05",)),
    package("kmod-closed", "3:580.95.05-1", "dkms", provides=("nvidia-kmod = 3:580.95.05",)),
    package("dkms", "1:3.2.1-1", "gcc", "bash"),
)
EPEL = (package("dkms", "1:3.9-1"), package("nobody-asks", "1-1"))
BASE = (package("gcc", "11-1", "glibc >= 2.34"), package("glibc", "2.34-1"), package("bash", "5-1"))


def test_a_pinned_name_brings_all_that_it_requires_and_nothing_else() -> None:
    found, missing = metadata(("cuda",), cuda=CUDA, epel=EPEL, base=BASE).closure(
        ["nvidia-driver-cuda-595*", "kmod-open-595*"], frozenset({"bash", "glibc"})
    )
    assert sorted(each.full for each in found) == [
        "dkms-3.2.1-1.x86_64",
        "gcc-11-1.x86_64",
        "kmod-open-595.71.05-1.x86_64",
        "nvidia-driver-cuda-595.71.05-1.x86_64",
    ]
    assert missing == []


def test_of_a_repository_of_two_architectures_the_asked_one_counts() -> None:
    both = tuple(replace(each, arch=arch) for each in (*CUDA, *BASE) for arch in ("x86_64", "aarch64"))
    any_of_them = (replace(package("bash", "5-1"), arch="noarch"),)
    found, missing = metadata(("cuda",), "aarch64", cuda=both, base=any_of_them).closure(["nvidia-driver-cuda-595*"])
    assert missing == []
    assert {each.arch for each in found} <= {"aarch64", "noarch"}
    assert {each.full for each in found} >= {"nvidia-driver-cuda-595.71.05-1.aarch64", "gcc-11-1.aarch64"}


def test_an_older_branch_brings_its_own_module() -> None:
    found, _ = metadata(cuda=CUDA, base=BASE).closure(["nvidia-driver-cuda-580*"])
    assert {each.full for each in found} >= {"kmod-closed-580.95.05-1.x86_64", "bash-5-1.x86_64"}


def test_what_no_repository_has_is_said() -> None:
    there = metadata(cuda=CUDA)
    assert ("gcc", "dkms") in there.closure(["dkms"])[1]
    with pytest.raises(Unreachable, match="no repository has cuda-drivers"):
        there.closure(["cuda-drivers"])
    with pytest.raises(Unreachable, match="no metadata"):
        list(rpm.primary("x", b"<html><p>Sign in</html>", "x86_64"))


def test_the_group_core_is_what_is_there_already() -> None:
    comps = (
        b"<comps><group><id>web</id><packagelist><packagereq>httpd</packagereq></packagelist></group><group><id>core</id>"
        b"<packagelist><packagereq>bash</packagereq><packagereq>glibc</packagereq></packagelist></group></comps>"
    )
    assert rpm.core(comps) == {"bash", "glibc"}
