"""Real dnf and rpm on a simulated CentOS 7: what the solver says, what a step installs, and what its undo puts back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from checks.facts import packages, solver
from checks.facts.reading import Reading, Unknown
from checks.facts.solver import Change
from provision.remote import detached

if TYPE_CHECKING:
    from tests.lab.fixtures import MakeHost
    from tests.lab.host import Host

pytestmark = [pytest.mark.lab, pytest.mark.slow]

REPOSITORY = r"""
set -e
mkdir -p /tmp/b /srv/r
make_rpm() {
    printf 'Name: %s\nVersion: %s\nEpoch: 1\nRelease: 2.el7\nSummary: x\nLicense: MIT\n' "$1" "$2" >/tmp/b/s
    printf 'BuildArch: noarch\nAutoReqProv: no\n%s\n%%description\nx\n%%files\n' "$3" >>/tmp/b/s
    rpmbuild --quiet -D '_topdir /tmp/b' -bb /tmp/b/s
}
make_rpm dkms 3.0 ''
make_rpm nvidia-kmod 375.66 'Requires: dkms'
make_rpm nvidia-kmod 384.81 'Requires: dkms'
cp /tmp/b/RPMS/noarch/*.rpm /srv/r/
createrepo_c -q /srv/r
printf '[l]\nname=l\nbaseurl=file:///srv/r\nenabled=1\ngpgcheck=0\n' >/etc/yum.repos.d/l.repo
"""


def ask(one: Host, *names: str) -> solver.Solution:
    done = one.run(solver.command(names, "rpm"), check=False)
    return solver.parse(Reading(done.returncode, done.stdout))


def installed(one: Host) -> dict[str, str]:
    found = packages.parse(Reading(0, one.run(packages.COMMAND).stdout)).by_name
    return {name: package.version for name, package in found.items() if not name.startswith("kernel")}


def test_packages_come_are_replaced_and_go_again(host: MakeHost) -> None:
    one = host(os="centos7")
    one.run(REPOSITORY)
    text = detached.start("r1", "joe@desk", []).partition("lib.sh <<'END_OF_FILE_' || return\n")[2]
    lib = text.partition("\nEND_OF_FILE_\n")[0]
    begin = f"set -eu\nmkdir -p /tmp/run\nRUN=/tmp/run\nexport RUN\n: >/tmp/run/log\n{lib}\n"

    before = one.run("rpm -qa; find /var/cache/dnf /var/lib/dnf -type f").stdout
    assert ask(one, "nvidia-kmod-375*").changes == (
        Change("nvidia-kmod", "", "375.66-2.el7"),
        Change("dkms", "", "3.0-2.el7"),
    )
    assert one.run("rpm -qa; find /var/cache/dnf /var/lib/dnf -type f").stdout == before, "planning changes nothing"
    with pytest.raises(Unknown, match="Unable to find a match: nothing-such"):
        ask(one, "nothing-such-1*")

    one.run(f"{begin}STEP=01\ninstall_packages 'nvidia-kmod-375.66*'\n")
    assert ask(one, "nvidia-kmod-384*").changes == (Change("nvidia-kmod", "375.66-2.el7", "384.81-2.el7"),)
    one.run(f"{begin}STEP=02\ninstall_packages 'nvidia-kmod-384.81*'\n")
    assert installed(one) == {"dkms": "1:3.0-2.el7", "nvidia-kmod": "1:384.81-2.el7"}
    one.run(f"rm /etc/yum.repos.d/l.repo\n{begin}STEP=02\nundo_packages\n")
    assert installed(one) == {"dkms": "1:3.0-2.el7", "nvidia-kmod": "1:375.66-2.el7"}, "from the file that was kept"
    one.run(f"{begin}STEP=01\nundo_packages\n")
    assert installed(one) == {}
