"""Bad hosts, for real: each ends with its own words and its status, and the host is as it was before."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.lab.fixtures import unique
from tests.onhosts import stages
from tests.onhosts.bad_hosts import HOSTS, Bad
from tests.onhosts.fab import fab

if TYPE_CHECKING:
    from tests.lab.core import Lab
    from tests.lab.host import Host

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def bare(lab: Lab) -> Iterator[Host]:
    """One bare host for the whole table: each case puts back what it altered."""
    name = unique("bad")
    yield lab.up([name], os="debian12", gpus="a100:1")[0].settle()
    lab.down([name])


def inside(host: Host, script: str) -> subprocess.CompletedProcess[str]:
    return host.inside("/bin/bash", "-e", "-c", script)


@pytest.mark.parametrize(
    "bad", [pytest.param(bad, id=bad.name, marks=() if bad.handful else pytest.mark.slow) for bad in HOSTS]
)
def test_a_bad_host_is_told_so_and_stays_as_it_was(bare: Host, bad: Bad) -> None:
    inside(bare, bad.prepare)
    try:
        before = stages.listing(bare)
        login = f"{bad.user}@{bare.name}" if bad.user else bare.name
        done = fab(login, *bad.arguments, timeout=120, profile=bad.profile)
        after = stages.listing(bare)
    finally:
        inside(bare, bad.restore)
    said = done.stdout + done.stderr
    assert done.returncode == bad.status, said
    assert [words for words in bad.words if words not in said] == [], said
    assert "Traceback" not in said
    assert stages.changed(before, after, bad.left_out) == []


def test_there_are_forty_and_each_says_something_else() -> None:
    assert len(HOSTS) >= 40
    assert len({bad.name for bad in HOSTS}) == len(HOSTS)
    told = [(bad.status, bad.words) for bad in HOSTS]
    assert len(set(told)) >= len(told) - 2  # sudo is missing in three ways, /tmp in two
