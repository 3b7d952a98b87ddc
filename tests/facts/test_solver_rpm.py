"""dnf's and yum's tables, as they print them, and what is read from them."""

from __future__ import annotations

import pytest

from checks.facts import solver
from checks.facts.reading import Reading, Unknown
from checks.facts.solver import Change

DNF = """\
row Installing:
row  nvidia-kmod        x86_64  1:375.66-2.el7         cuda      8.4 M
row Upgrading:
row  kernel-headers     x86_64  3.10.0-1160.119.1.el7  updates   9.1 M
row Installing dependencies:
row  dkms               noarch  3.0.13-1.el7           epel       75 k
row Removing dependent packages:
row  docker             x86_64  2:1.13.1-210.el7       @extras    60 M
have kernel-headers 3.10.0-1160.el7
have docker 1.13.1-210.el7
fetch 18 M
unpack 87.5 M
"""
YUM = """\
row Installing:
row  container-selinux-with-a-rather-long-name
row                      noarch 2:2.119.2-1.911c772.el7_8    extras       40 k
row  docker-ce           x86_64 17.09.1.ce-1.el7.centos      docker       21 M
row      replacing  docker-engine.x86_64 17.05.0.ce-1.el7.centos
row Installing for dependencies:
row  dkms                noarch 3.0.13-1.el7                 epel        912
have docker-engine 17.05.0.ce-1.el7.centos
fetch 21 M
unpack 76 M
"""


def test_dnfs_table() -> None:
    found = solver.parse(Reading(0, DNF))
    assert found.changes == (
        Change("nvidia-kmod", "", "375.66-2.el7"),
        Change("kernel-headers", "3.10.0-1160.el7", "3.10.0-1160.119.1.el7"),
        Change("dkms", "", "3.0.13-1.el7"),
        Change("docker", "1.13.1-210.el7", ""),
    )
    assert found.removals == ("docker",)
    assert (found.fetch, found.unpack) == (18 << 20, round(87.5 * (1 << 20)))


def test_yums_table_with_a_name_that_fills_its_column_and_a_package_that_is_replaced() -> None:
    found = solver.parse(Reading(0, YUM))
    assert [change.package for change in found.changes] == [
        "container-selinux-with-a-rather-long-name",
        "docker-ce",
        "docker-engine",
        "dkms",
    ]
    assert found.removals == ("docker-engine",)


@pytest.mark.parametrize(
    "text", ["row Installing:\nrow  dkms\n", "fetch 3 parsecs\n", "unpack 1..2 M\n", "fetch \u00b2\n", "surprise\n"]
)
def test_what_is_no_table_is_unknown(text: str) -> None:
    with pytest.raises(Unknown):
        solver.parse(Reading(0, text))


def test_what_the_package_manager_said_is_the_reason() -> None:
    with pytest.raises(Unknown, match="E: Error: Unable to find a match: nvidia-kmod"):
        solver.parse(Reading(1, "E: Error: Unable to find a match: nvidia-kmod-375.66*\n"))
