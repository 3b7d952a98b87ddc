"""A host on its way from bare to provisioned, for real and once: what each command printed, and a layer of the end.

Other tests start from that layer. It is kept under the digest of the code that made it, so that `make test-slow` after
`make test` finds it; the tests of the way itself always walk it again.
"""

from __future__ import annotations

import hashlib
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab import layers
from tests.onhosts.fab import ROOT, fab

if TYPE_CHECKING:
    from tests.lab.core import Lab
    from tests.lab.host import Host

GPUS = "a100:1"


@dataclass(frozen=True)
class Way:
    """What was seen on the way, in this order."""

    host: str
    packages_before: str
    etc_before: str
    bare: str
    first: subprocess.CompletedProcess[str]
    before_reboot: str
    second: subprocess.CompletedProcess[str]
    provisioned: str
    boots: tuple[str, str]


def label(os: str) -> str:
    """The label of the layer: other code is another layer."""
    digest = hashlib.sha256()
    for path in sorted([*(ROOT / "checks").rglob("*"), *(ROOT / "provision").rglob("*"), *_lab()]):
        if path.is_file() and path.suffix in (".py", ".sh", ".toml"):
            digest.update(path.read_bytes())
    return f"{os}-provisioned-{digest.hexdigest()[:10]}"


def _lab() -> list[Path]:
    return [path for path in (ROOT / "tests/lab").rglob("*") if not path.name.startswith("test_")]


def packages(host: Host) -> str:
    """Every package and its version."""
    return host.run("dpkg-query -W -f '${binary:Package} ${Version} ${db:Status-Abbrev}\\n'").stdout


def etc(host: Host) -> str:
    """Every file below /etc with its mode, owner and content, every link with its target."""
    return host.run(
        "cd /etc && find . -type f -printf '%p %m %U:%G ' -exec sh -c 'sha256sum <\"$1\" | cut -c1-64' sh {} \\; "
        "-o -type l -printf '%p -> %l\\n' -o -type d -printf '%p/ %m\\n' | sort"
    ).stdout


_LISTING = r"""
find /etc /usr/local /var/lib -printf '%p %y %m %U:%G %s %T@ %i %l\n' 2>/dev/null | sort
dpkg-query -W -f '${binary:Package} ${Version} ${db:Status-Abbrev}\n' 2>&1
systemctl list-unit-files --no-legend --plain
systemctl list-units --no-legend --plain --type=service,socket,timer,mount --state=active | awk '{ print "active", $1 }'
"""

PASSES = ("active user@", "active user-runtime-dir@", "active run-user-", "active systemd-hostnamed.service")
"""What a listing leaves out: units that every login starts, or every question for the host's name."""


def listing(host: Host) -> list[str]:
    """Every path below /etc, /usr/local and /var/lib, to the nanosecond of its last change, all packages and units.

    Asked without a login, which would leave traces of its own.
    """
    lines = host.inside("/bin/bash", "-c", _LISTING, check=False).stdout.splitlines()
    return [line for line in lines if not line.startswith(PASSES)]


def changed(before: list[str], after: list[str], left_out: tuple[str, ...] = ()) -> list[str]:
    """The lines in which two listings differ, without those that begin with what is left out."""
    return sorted(line for line in set(before) ^ set(after) if not (left_out and line.startswith(left_out)))


LEAVES = ("./passwd", "./group", "./shadow", "./gshadow", "./subuid", "./subgid", "./ld.so.cache", "./.pwd.lock")
"""What packages leave by themselves: users and groups, and the loader's cache."""

OWN = ("./hostname", "./hosts", "./machine-id", "./ssh/ssh_host_", "./mtab", "./.updated", "./resolv.conf")
"""What makes a host itself, and differs between any two."""


def changed_etc(before: str, after: str) -> set[str]:
    """The lines of two listings that differ, without what may."""
    differing = set(before.splitlines()) ^ set(after.splitlines())
    return {line for line in differing if not line.startswith((*LEAVES, *OWN))}


def walk(lab: Lab, host: Host, os: str) -> Way:
    """Provision a bare host for real, in two runs with the reboot in the second, and keep the end as a layer."""
    packages_before, etc_before = packages(host), etc(host)
    bare = fab(host.name, "record").stdout
    boot = host.boot_id()
    first = fab(host.name, "provision", "--yes", "--reboot", "never")
    before_reboot = fab(host.name, "record").stdout
    second = fab(host.name, "provision", "--yes")
    boots = (boot, host.boot_id())
    provisioned = fab(host.name, "record").stdout
    way = Way(host.name, packages_before, etc_before, bare, first, before_reboot, second, provisioned, boots)
    if second.returncode == 0:
        if layers.find(lab.home, label(os)) is None:
            lab.snapshot(host, label(os))
            host.settle()
        layers.collect_garbage(lab.home, older_than=label(os))
    return way
