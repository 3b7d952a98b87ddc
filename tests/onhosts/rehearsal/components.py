"""A way of the real components with misfortunes: what is cut where, and the states of a host that must agree."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests.onhosts.fab import ROOT, environment
from tests.onhosts.rehearsal.stage import held, wait
from tests.onhosts.stages import LEAVES, OWN

if TYPE_CHECKING:
    from tests.lab.host import Host

POINTS = (Path(__file__).parent / "points.sh").read_text(encoding="utf-8")


class Cut(NamedTuple):
    """`at` is the beginning of "COMPONENT COMMAND ARGUMENTS", or the path of a file: as soon as it is there."""

    at: str
    how: str


_STATE = r"""
dpkg-query -W -f 'package ${binary:Package} ${Version} ${db:Status-Abbrev}\n' 2>/dev/null
apt-mark showauto 2>/dev/null | sed 's/^/came along: /'
rpm -qa --qf 'package %{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}\n' 2>/dev/null | sort
dnf -q -C repoquery --installed --qf 'reason: %{name} %{reason}' 2>/dev/null
for place in /etc /usr/local /usr/share/keyrings; do
    cd "$place"
    find . -printf '%p %y %m %U:%G %l\n' | sort
    find . -type f -print0 | sort -z | xargs -0r sha256sum | sed 's/^\([^ ]*\)  \(.*\)/\2 \1/'
done
systemctl list-unit-files --no-legend --plain | awk '{ print "unit", $1, $2 }'
systemctl list-units --no-legend --plain --state=active,failed -t service,path | awk '{ print "runs", $1, $3 }'
docker info --format '{{json .Runtimes}} "live-restore":{{.LiveRestoreEnabled}}' 2>/dev/null |
    grep -oE '"nvidia":[^}]*|"live-restore":.*' | sed 's/^/docker: /'
"""
_PASSES = (
    "runs user@",
    "runs user-runtime-dir@",
    "runs systemd-hostnamed",
    "runs systemd-tmpfiles",
    "runs gpuwright-20",
)
_BESIDE = re.compile(r"\.before-20[^ ]*")


def state(one: Host) -> set[str]:
    """Packages and how they came, files, units, and what docker runs with; without what makes a host itself."""
    lines = one.inside("/bin/bash", "-c", _STATE, check=False, timeout=200).stdout.splitlines()
    kept = (line for line in lines if not line.startswith((*OWN, *LEAVES, *_PASSES, "./docker/key.json")))
    return {line for line in kept if not _BESIDE.search(line)}


def provision(one: Host, *arguments: str) -> subprocess.Popen[str]:
    """Start the client whose steps can be held, and go on."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.onhosts.rehearsal.held", "-H", one.name, "provision", "--yes", *arguments],
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def until(one: Host, client: subprocess.Popen[str], at: str) -> None:
    """Return when the run is there; one that ends before has nothing to do with the point."""
    if at.startswith("/"):
        one.inside("timeout", "60", "sh", "-c", f"until [ -e {at} ]; do :; done")
        return
    wait(lambda: held(one) or client.poll() is not None, f"nothing came to {at}")
    assert client.poll() is None, f"{at}: {client.communicate()[0]}"


def cut(one: Host, client: subprocess.Popen[str], how: str) -> None:
    """Pull the power, kill the run with all that it started, or the client; that run then goes on to the next point."""
    if how == "power":
        one.power_cycle()
        client.kill()
    elif how == "runner":
        one.inside("sh", "-c", "systemctl kill -s KILL 'gpuwright-*.service'")
    elif how == "connection":
        one.cut_network()
        client.kill()
        one.restore_network()
    else:
        client.kill()
    client.communicate(timeout=120)
    one.settle()
