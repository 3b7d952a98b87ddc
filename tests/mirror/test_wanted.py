"""What a profile needs on a bare host of each system, without fetching anything."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from checks.profiles.profile import Profile, having, load, parse
from checks.profiles.refusals import refusals
from provision.errors import Unsupported, Usage
from provision.mirror import bare
from provision.mirror.asked import Asked, host, wanted
from provision.mirror.fetch import archives, profile
from provision.mirror.systems import SYSTEMS

CURRENT = load("current")


def asked(os: str, gpu: str = "a100", of: Profile = CURRENT) -> Asked:
    return Asked(SYSTEMS[os], of, bare.gpus(gpu), (), Path("/to"), "file:///to")


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
    made = parse(profile(asked("debian12", of=of), offered), "profile.toml")
    assert [(name, each.url) for name, each in made.repositories.items()] == [("mirror", "file:///to/repository")]
    assert not made.mirrors
    assert made.cudnn.source == "file:///to/files/cudnn.tgz"
    assert made.sources.others == "off"
    assert made.driver.version == of.driver.version
    assert dict(archives(of)) == {("cudnn", "https://a.example/x/cudnn.tgz"): "a" * 64}
