"""The profile `current`: its repositories by release and architecture, and keys of which only the id is known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checks.facts import Facts
from checks.facts.branches import releases
from checks.facts.reading import Reading
from checks.facts.recording import Recording
from checks.profiles import repositories
from checks.profiles.profile import load
from tests.hosts import read

CURRENT = load("current")
SYSTEMS = {
    "bookworm": 'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n',
    "trixie": 'ID=debian\nVERSION_ID="13"\nVERSION_CODENAME=trixie\n',
    "jammy": 'ID=ubuntu\nVERSION_ID="22.04"\nVERSION_CODENAME=jammy\n',
    "noble": 'ID=ubuntu\nVERSION_ID="24.04"\nVERSION_CODENAME=noble\n',
    "resolute": 'ID=ubuntu\nVERSION_ID="26.04"\nVERSION_CODENAME=resolute\n',
    "el8": 'ID=almalinux\nVERSION_ID="8.10"\n',
    "el9": 'ID=rhel\nVERSION_ID="9.6"\n',
    "el10": 'ID=ol\nVERSION_ID="10.0"\n',
}


def host(release: str, machine: str = "x86_64") -> Facts:
    readings = dict(read("bare-debian12-a100").readings)
    there = readings["host"].text.replace("machine x86_64", f"machine {machine}")
    return Facts(Recording({**readings, "host": Reading(0, there), "os": Reading(0, SYSTEMS[release])}))


@pytest.mark.parametrize("release", releases())
def test_every_release_has_the_repositories_of_nvidia_and_docker(release: str) -> None:
    facts = host(release)
    assert facts.os.release == release
    found = {each.name: each for each in repositories.wanted(facts, CURRENT)}
    assert {f"cuda-{release}", f"docker-{release}"} <= found.keys()
    assert (f"epel-{release}" in found) == release.startswith("el")
    assert all(each.url.startswith("https://") and "{" not in each.url + each.key for each in found.values())
    assert all(each.fingerprint for each in found.values())
    cuda = found[f"cuda-{release}"]
    assert cuda.key.upper().endswith(f"{cuda.fingerprint[-8:]}.PUB")


@pytest.mark.parametrize(
    ("release", "name", "url"),
    [
        ("el9", "cuda-el9", "https://developer.download.nvidia.com/compute/cuda/repos/rhel9/sbsa"),
        ("noble", "cuda-noble", "https://developer.download.nvidia.com/compute/cuda/repos/ubuntu2404/sbsa"),
        ("el9", "epel-el9", "https://dl.fedoraproject.org/pub/epel/9/Everything/aarch64"),
        ("el10", "docker-el10", "https://download.docker.com/linux/centos/10/aarch64/stable"),
    ],
)
def test_an_arm_host_is_sent_where_its_packages_are(release: str, name: str, url: str) -> None:
    found = {each.name: each for each in repositories.wanted(host(release, "aarch64"), CURRENT)}
    assert found[name].url == url


def test_a_keys_id_alone_counts_only_by_https() -> None:
    facts = host("el10")
    assert repositories.obstacle(facts, CURRENT) == ""
    by_hand = replace(CURRENT.repositories["cuda-el10"], key="-----BEGIN PGP PUBLIC KEY BLOCK-----\n")
    profile = replace(CURRENT, repositories={**CURRENT.repositories, "cuda-el10": by_hand})
    assert "names its key by the id CDF6BA43 alone" in repositories.obstacle(facts, profile)
