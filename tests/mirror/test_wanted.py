"""What a profile needs on a bare host of each system, without fetching anything."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from checks.profiles import repositories
from checks.profiles.profile import Profile, having, load, parse
from checks.profiles.refusals import refusals
from checks.profiles.sections.sources import SourcesProfile
from provision.answers import RESULTS
from provision.errors import BadInput, Unsupported, Usage
from provision.mirror import bare
from provision.mirror.archives import Archive, archives
from provision.mirror.asked import Asked, host, wanted
from provision.mirror.fetch import profile
from provision.mirror.systems import MACHINES, SYSTEMS
from provision.verbs.mirror import mirror_fetch
from tests.hosts import refused

CURRENT = load("current")


def asked(os: str, gpu: str = "a100", of: Profile = CURRENT, machine: str = "x86_64") -> Asked:
    return Asked(SYSTEMS[os](machine), of, bare.gpus(gpu), (), Path("/to"), "file:///to")


@pytest.mark.parametrize("os", SYSTEMS)
def test_a_bare_host_of_each_system_is_one_that_provisioning_takes(os: str) -> None:
    one = host(asked(os), "6.1.0-1-amd64")
    assert not list(refusals(one, CURRENT))
    names = wanted(asked(os), ("5.14.0-1.el9.x86_64" if os.startswith("el") else "6.1.0-1-amd64",))
    assert any(re.match(r"(linux-headers-6.1.0-1-amd64|kernel-devel.*5.14.0-1)", name) for name in names)
    assert any("nvidia" in name for name in names)
    assert "docker-ce" in names


def test_the_gpu_decides_which_module_goes_into_it() -> None:
    open_, closed = (wanted(asked("debian12", gpu), ("6.1.0-1-amd64",)) for gpu in ("b200", "v100"))
    assert any("open" in name for name in open_)
    assert not any("open" in name for name in closed)


def test_more_kernels_are_more_headers() -> None:
    names = wanted(asked("debian12", of=load("debian")), ("6.1.0-1-amd64", "6.1.0-2-amd64"))
    assert {"linux-headers-6.1.0-1-amd64", "linux-headers-6.1.0-2-amd64"} <= set(names)


def test_what_cannot_be_is_said() -> None:
    with pytest.raises(Usage, match="--gpu gtx: wants k80"):
        bare.gpus("a100,gtx")
    with pytest.raises(Unsupported):
        wanted(asked("el9", of=load("debian")), ("5.14.0-1.el9.x86_64",))


def test_the_profile_beside_it_names_the_directory_alone() -> None:
    of = having(
        CURRENT,
        {
            "cuda": {"version": "8.0"},
            "cudnn": {"version": "6.0", "source": "https://a.example/x/cudnn.tgz", "sha256": "a" * 64},
        },
    )
    offered = {"mirror": {"release": "bookworm", "url": "file:///to/repository", "suite": "/"}}
    one = asked("debian12", of=of)
    made = parse(profile(one, offered, archives(one)), "profile.toml")
    assert [(name, each.url) for name, each in made.repositories.items()] == [("mirror", "file:///to/repository")]
    assert not made.mirrors
    assert made.cudnn.source == "file:///to/files/cudnn.tgz"
    assert made.sources == SourcesProfile("off", "bookworm", "x86_64")
    assert made.driver.version == of.driver.version
    assert list(archives(one)) == [Archive("cudnn", "https://a.example/x/cudnn.tgz", "a" * 64)]


@pytest.mark.parametrize("word", ["aarch64", "arm64", "sbsa"])
def test_an_arm_server_has_as_many_names_as_its_users_have(word: str) -> None:
    assert MACHINES[word] == "aarch64"


ARM = {
    "ubuntu2204": ("6.8.0-1020-nvidia", "linux-headers-6.8.0-1020-nvidia", "http://ports.ubuntu.com/ubuntu-ports"),
    "ubuntu2404": (
        "6.8.0-1020-nvidia-64k",
        "linux-headers-nvidia-64k",
        "http://ports.ubuntu.com/ubuntu-ports",
    ),
    "el8": (
        "4.18.0-553.el8_10.aarch64",
        "kernel-devel-4.18.0-553.el8_10.aarch64",
        "https://dl.rockylinux.org/pub/rocky/8/BaseOS/aarch64/os",
    ),
    "el9": (
        "5.14.0-570.26.1.el9_6.aarch64+64k",
        "kernel-64k-devel-matched-5.14.0-570.26.1.el9_6.aarch64",
        "https://dl.rockylinux.org/pub/rocky/9/BaseOS/aarch64/os",
    ),
    "el10": (
        "6.12.0-55.9.1.el10_0.aarch64",
        "kernel-devel-matched-6.12.0-55.9.1.el10_0.aarch64",
        "https://dl.rockylinux.org/pub/rocky/10/BaseOS/aarch64/os",
    ),
}


@pytest.mark.parametrize("os", ARM)
def test_a_bare_arm_server_is_one_that_provisioning_takes(os: str) -> None:
    kernel, headers, archive = ARM[os]
    one = asked(os, "gh200", machine="aarch64")
    bare_host = host(one, kernel)
    assert not list(refusals(bare_host, CURRENT))
    assert {headers, "docker-ce"} <= set(wanted(one, (kernel,)))
    assert one.system.archives[0].url == archive
    urls = {each.name.partition("-")[0]: each.url for each in repositories.wanted(bare_host, CURRENT)}
    assert urls["cuda"].endswith("/sbsa")
    assert urls["toolkit"].endswith("deb/arm64" if os.startswith("u") else "rpm/aarch64")


@pytest.mark.parametrize("os", ["debian12", "debian13"])
def test_debian_on_arm_has_debians_own_driver_and_nvidias_is_refused(os: str) -> None:
    with pytest.raises(Unsupported, match="on aarch64"):
        wanted(asked(os, machine="aarch64"), ("6.1.0-1-arm64",))
    one = asked(os, of=load("debian"), machine="aarch64")
    assert (one.system.kernel, one.system.arch) == ("linux-image-arm64", "arm64")
    assert {"nvidia-driver", "linux-headers-arm64"} & set(wanted(one, ("6.1.0-1-arm64",))) >= {"linux-headers-arm64"}


def test_a_directory_for_other_hosts_is_refused() -> None:
    one = asked("ubuntu2404", "gh200", machine="aarch64")
    made = parse(profile(one, {}, ()), "profile.toml")
    assert not refused(host(one, "6.8.0-45-generic"), made)
    for other in (asked("ubuntu2404"), asked("ubuntu2204", machine="aarch64")):
        told = refused(host(other, "6.8.0-45-generic"), made)
        assert "profile current-mirror has packages for noble on aarch64 alone (this host is " in told
        assert "nothing was changed. Fill a directory" in told


LISTED = {
    "release_label": "9.23.1",
    "cudnn": {
        name: {"cuda13": {"relative_path": f"cudnn/{name}/cudnn-{name}.tar.xz", "sha256": digit * 64}}
        for name, digit in (("linux-x86_64", "1"), ("linux-sbsa", "2"))
    },
}


def test_by_nvidias_manifest_the_archive_for_the_hosts_architecture_comes(tmp_path: Path) -> None:
    listed = tmp_path / "redistrib_9.23.1.json"
    listed.write_text(json.dumps(LISTED))
    source = {"version": "9.23.1", "source": "https://a.example/redist/redistrib_9.23.1.json"}
    mirror = {"https://a.example/redist": {"url": tmp_path.as_uri()}}
    of = having(CURRENT, {"cuda": {"version": "13.0"}, "cudnn": source, "mirrors": mirror})
    one = asked("ubuntu2404", "gh200", of, "aarch64")
    (found,) = archives(one)
    assert found == Archive("cudnn", f"{tmp_path.as_uri()}/cudnn/linux-sbsa/cudnn-linux-sbsa.tar.xz", "2" * 64)
    made = parse(profile(one, {}, (found,)), "profile.toml").cudnn
    assert (made.source, made.sha256) == ("file:///to/files/cudnn-linux-sbsa.tar.xz", "2" * 64)
    with pytest.raises(BadInput, match="is not what the profile means"):
        list(archives(asked("ubuntu2404", "gh200", having(of, {"cudnn": {"sha256": "0" * 64}}), "aarch64")))
    of = having(of, {"cuda": {"version": "12.9"}})
    with pytest.raises(BadInput, match=r"redistrib_9.23.1.json names no archive for aarch64 and cuda12"):
        list(archives(asked("ubuntu2404", "gh200", of, "aarch64")))


def test_an_architecture_that_nobody_has_packages_for_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    mirror_fetch.body(object(), profile="current", os="debian12", to="/to", arch="riscv64")
    assert RESULTS.pop() == Usage.status
    assert "--arch riscv64: wants one of x86_64, amd64, aarch64, arm64, sbsa" in capsys.readouterr().err


def test_podman_comes_in_dockers_place_where_the_profile_says_so_and_its_system_has_one_with_cdi() -> None:
    of = having(CURRENT, {"docker": {"packages": []}, "podman": {"packages": ["podman"]}})
    for os, kernel in (("debian12", "6.1.0-1-amd64"), ("el8", "4.18.0-1.el8.x86_64")):
        names = wanted(asked(os, of=of), (kernel,))
        assert "podman" in names
        assert "docker-ce" not in names
    with pytest.raises(Unsupported, match=r"Ubuntu 22.04 packages Podman 3.4"):
        wanted(asked("ubuntu2204", of=of), ("5.15.0-1-generic",))
