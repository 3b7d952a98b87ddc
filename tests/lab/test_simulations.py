"""Package-manager simulations: the real dnf or apt on a host that is another system by name and layout."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from checks.facts import os as os_topic
from checks.facts.reading import Reading
from tests.lab.simulations import SIMULATIONS

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from tests.lab.fixtures import MakeHost

SEEN = """
cat /etc/os-release; echo; uname -r
for name in dnf rpm yum yum-config-manager dpkg apt-get update-initramfs; do command -v "$name"; done
ls -d /etc/apt /var/lib/dpkg/status /etc/redhat-release /etc/yum.repos.d 2>/dev/null
systemctl is-system-running --wait
"""


@pytest.mark.parametrize("name", SIMULATIONS)
def test_release_files_name_the_system(name: str) -> None:
    simulation = SIMULATIONS[name]
    found = os_topic.parse(Reading(0, simulation.files["/usr/lib/os-release"]))
    assert found.id in {"centos", "rocky", "ubuntu"}
    assert name.endswith(found.version.replace(".", "") if found.id == "ubuntu" else found.version.partition(".")[0])
    assert found.codename == simulation.settings.get("codename", found.codename)


@pytest.mark.lab
@pytest.mark.slow
@pytest.mark.parametrize("name", ["centos7", "el9"])
def test_an_el_host_has_dnf_and_rpm_and_shows_no_dpkg(host: MakeHost, name: str) -> None:
    seen = host(os=name).run(SEEN).stdout.splitlines()
    assert SIMULATIONS[name].kernel in seen
    assert {"/usr/bin/dnf", "/usr/bin/rpm", "/usr/bin/yum", "/usr/bin/yum-config-manager"} <= set(seen)
    assert {"/etc/redhat-release", "/etc/yum.repos.d"} <= set(seen)
    assert not [line for line in seen if "dpkg" in line or "apt" in line or "initramfs" in line]
    assert seen[-1] == "running"


@pytest.mark.lab
@pytest.mark.slow
@pytest.mark.parametrize("name", ["ubuntu1604", "ubuntu2404"])
def test_an_ubuntu_host_has_its_kernel_and_its_sources(host: MakeHost, name: str) -> None:
    one = host(os=name)
    seen = one.run(SEEN).stdout.splitlines()
    assert SIMULATIONS[name].kernel in seen
    assert "/usr/bin/apt-get" in seen
    assert "/usr/bin/rpm" not in seen
    assert seen[-1] == "running"
    assert "http://archive.ubuntu.com/ubuntu" in one.run("apt-get update --print-uris").stdout
    assert one.run("lsb_release -cs").stdout.strip() == SIMULATIONS[name].settings["codename"]


CONTRACTS = tomllib.loads((Path(__file__).parent / "simulation/contracts.toml").read_text())["case"]


def test_every_stand_in_says_what_it_is_and_has_a_contract() -> None:
    script = (Path(__file__).parent / "simulation/el.sh").read_text()
    made = re.findall(r"stand_in /usr/s?bin/(\S+) <<.*\n#!/bin/sh\n(.*)\n", script)
    assert {name for name, _ in made} <= {case["stand_in"] for case in CONTRACTS}
    assert all(line.startswith("# Stand-in of a gpuwright lab host for ") for _, line in made)


@pytest.mark.lab
@pytest.mark.slow
def test_the_stand_ins_of_an_el_host_keep_their_contracts(host: MakeHost) -> None:
    one = host(os="el9")
    for case in CONTRACTS:
        done = one.run(case["command"], check=False)
        assert done.returncode == case.get("status", 0), (case["command"], done.stdout, done.stderr)
        assert re.search(case.get("out", ""), done.stdout, re.MULTILINE), (case["command"], done.stdout)
        assert re.search(case.get("err", ""), done.stderr, re.MULTILINE), (case["command"], done.stderr)
