"""The hosts that are measured on: lab hosts from one provisioned layer, each under as many names as are needed.

Many names on one sshd are many hosts to whoever connects; its host's CPU does all their work.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.work import FILES, States
from tests.lab import layers
from tests.lab.core import Lab
from tests.lab.host import Host
from tests.onhosts import stages

BLOCK = """\
Host {name}
    HostName {address}
    HostKeyAlias {machine}
    User root
    IdentityFile {key}
    IdentitiesOnly yes
    UserKnownHostsFile {known_hosts}
    StrictHostKeyChecking yes

"""

PREPARE = """\
apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends python3 python3-apt
sed -i '1i MaxStartups 200:30:400' /etc/ssh/sshd_config
"""
"""ansible's modules want Python on the host; sshd's own limit of ten logins at once would measure its dice."""


@dataclass(frozen=True)
class Fleet:
    """Names and addresses in the same order, all with one round trip (milliseconds)."""

    delay: float
    machines: tuple[Host, ...]
    ssh_config: Path

    def names(self, count: int) -> list[str]:
        """The first so many names; they go round all machines."""
        return [f"bench{self.delay:g}-{number:03d}" for number in range(count)]

    def addresses(self, count: int) -> list[str]:
        """Their addresses."""
        return [self.machines[number % len(self.machines)].address for number in range(count)]

    def states(self) -> States:
        """What is true of them."""
        return States({path: self.machines[0].inside("cat", path).stdout for path in FILES})


def layer(lab: Lab, base: str) -> str:
    """A layer for the bench, made once from `base`; empty: from what really provisioning a host leaves (minutes)."""
    if not base:
        base = stages.label("debian12")
        if layers.find(lab.home, base) is None:
            with _one(lab, None) as host:
                stages.walk(lab, host, "debian12")
    label = f"bench-{base}"
    if layers.find(lab.home, label) is None:
        with _one(lab, base) as host:
            host.run(f"set -e\n{PREPARE}", timeout=300)
            lab.snapshot(host, label)
    return label


@contextmanager
def _one(lab: Lab, base: str | None) -> Iterator[Host]:
    (host,) = lab.up(["bench-layer"], gpus=stages.GPUS, layer=base)
    try:
        yield host
    finally:
        lab.down([host.name])


@contextmanager
def fleet(lab: Lab, label: str, delay: float, machines: int, names: int, folder: Path) -> Iterator[Fleet]:
    """Hosts for as long as the block runs."""
    wanted = [f"bench{delay:g}m{number}" for number in range(machines)]
    try:
        hosts = lab.up(wanted, gpus=stages.GPUS, layer=label, latency_ms=delay)
        for host in hosts:
            host.settle()
        config = folder / f"ssh_config-{delay:g}"
        made = Fleet(delay, tuple(hosts), config)
        config.write_text("".join(_blocks(lab, made, names)), encoding="utf-8")
        yield made
    finally:
        there = {host.name for host in lab.hosts()}
        lab.down([name for name in wanted if name in there])


def _blocks(lab: Lab, made: Fleet, names: int) -> Iterator[str]:
    for number, name in enumerate(made.names(names)):
        host = made.machines[number % len(made.machines)]
        yield BLOCK.format(
            name=name,
            address=host.address,
            machine=host.name,
            key=lab.home.key,
            known_hosts=lab.home.known_hosts,
        )
