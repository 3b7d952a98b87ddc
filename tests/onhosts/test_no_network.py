"""No network: a folder serves everything; and what comes that was not meant is one clear error, no package changed.

One host of each system for the errors; what its mirror does is switched between them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.lab.fixtures import unique
from tests.lab.mirror import keys, life
from tests.onhosts import stack_2017
from tests.onhosts.stack_2017 import gpuwright

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.lab.core import Lab
    from tests.lab.fixtures import MakeHost
    from tests.lab.host import Host

pytestmark = [pytest.mark.lab, pytest.mark.slow]

PACKAGES = (
    "dpkg-query -W -f '${binary:Package} ${Version} ${db:Status-Abbrev}\\n' 2>/dev/null; rpm -qa 2>/dev/null | sort"
)
LOOK = "name another mirror in the profile's [mirrors]"
PAGE = "name a mirror in the profile's [mirrors]"
WHO = "Ask who keeps that repository"


@dataclass(frozen=True)
class Trouble:
    """`served` is what the mirror does to files, `signed` whose key it has; `words` are what must be said."""

    name: str
    words: tuple[str, ...]
    served: str = ""
    signed: str = ""
    only: str = "kernel_headers"
    os: tuple[str, ...] = stack_2017.SYSTEMS


TROUBLES = (
    Trouble("checksum", ("another checksum than its repository names", LOOK), "mirror_wrong_checksum"),
    Trouble("cut off", ("the download was cut off", LOOK), "mirror_truncated"),
    Trouble("page", ("bytes came in place of the package's", PAGE), "mirror_html", os=("ubuntu1604",)),
    Trouble("page", ("answers with an HTML page in place of a package", PAGE), "mirror_html", os=("centos7",)),
    Trouble("redirect", ("redirects to another host, elsewhere.example", "Name a mirror"), "mirror_redirect"),
    Trouble(
        "a key that expired",
        ("is signed with a key that has expired", WHO),
        signed="mirror_expired_key",
        only="repositories",
        os=("ubuntu1604",),
    ),
    Trouble(
        "an unknown key",
        ("is signed with a key that nobody vouched for", WHO),
        signed="mirror_unknown_key",
        only="repositories",
        os=("ubuntu1604",),
    ),
    Trouble(
        "another key than the profile's",
        ("holds the key ", "and the profile asks for"),
        signed="mirror_expired_key",
        only="repositories",
        os=("centos7",),
    ),
    Trouble("an unknown key", ("nobody vouched for", WHO), signed="mirror_unknown_key", os=("centos7",)),
)


@pytest.fixture(scope="module")
def bare(lab: Lab) -> Iterator[Callable[[str], Host]]:
    """The bare host of a system."""
    hosts: dict[str, Host] = {}

    def make(os: str) -> Host:
        if os not in hosts:
            (hosts[os],) = lab.up([unique()], os=os, gpus="v100:1")
        return hosts[os].settle()

    yield make
    lab.down([host.name for host in hosts.values()])


def serve(lab: Lab, host: Host, served: str, signed: str) -> None:
    """Let the mirror do this to the host from now on."""
    tree = life.tree_for(lab.home, [signed] if signed else [])
    told = json.dumps({"tree": str(tree), "fault": served})
    (life.home_of(lab.home) / "clients" / host.address).write_text(told, encoding="utf-8")


@pytest.mark.parametrize(
    ("os", "trouble"),
    [pytest.param(os, trouble, id=f"{os}: {trouble.name}") for trouble in TROUBLES for os in trouble.os],
)
def test_what_is_not_what_was_meant_is_said_and_nothing_is_installed(
    lab: Lab, bare: Callable[[str], Host], tmp_path: Path, os: str, trouble: Trouble
) -> None:
    one = bare(os)
    env = stack_2017.site(lab, tmp_path, signer=_expired(lab) if "expired" in trouble.name else "")
    before = one.run(PACKAGES).stdout
    serve(lab, one, trouble.served, trouble.signed)
    done = gpuwright(one, "provision", "--yes", "--only", trouble.only, env=env)
    assert done.returncode == 80, done.stdout + done.stderr
    assert [word for word in trouble.words if word not in done.stderr] == [], done.stderr
    assert one.run(PACKAGES).stdout == before


def _expired(lab: Lab) -> str:
    """The fingerprint of the mirror's expired key: the site file names it as the one that is meant."""
    with lab.home.locked(life.MIRROR):
        return keys.key(life.home_of(lab.home) / "keys", keys.EXPIRED).fingerprint


MIRRORED = ("developer.download.nvidia.com", "archives.fedoraproject.org", "download.docker.com", "github.com")


def test_a_folder_serves_repositories_keys_and_files_to_a_host_that_reaches_nobody(
    lab: Lab, host: MakeHost, tmp_path: Path
) -> None:
    one = host(os="centos7", gpus="v100:1", faults=[life.DIRECTORY]).settle()
    one.run(f"sed -i -E 's|^baseurl=https?://|baseurl=file://{life.AT}/|' /etc/yum.repos.d/*.repo")
    copies = "\n".join(f'override.mirrors."{name}".url = "file://{life.AT}/{name}"' for name in MIRRORED)
    env = stack_2017.site(lab, tmp_path, copies)
    done = gpuwright(one, "provision", "--yes", env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    again = gpuwright(one, "provision", "--yes", env=env)
    assert "nothing to do" in again.stdout, again.stdout + again.stderr
