"""The lab's network: one bridge, a free range of addresses, NAT by a table of its own, a cache of packages.

It is there while hosts are up. What it changed on the machine is written down in a file, so that whoever takes down
the last host can put it back.
"""

from __future__ import annotations

import ipaddress
import json
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from socket import create_connection
from typing import TYPE_CHECKING

from tests.lab import archive, daemon, settings
from tests.lab.command import run
from tests.lab.errors import LabError
from tests.lab.home import write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.home import Home

BRIDGE = "gwlab0"
TABLE = "gpuwright_lab"
CACHE_PORT = 3142
RANGES = ("10.77.0.0/16", "172.29.0.0/16", "10.177.0.0/16")

RULES = """
table ip {table} {{
    set isolated {{ type ipv4_addr; }}
    chain outgoing {{
        type nat hook postrouting priority srcnat;
        ip saddr {subnet} ip daddr != {subnet} masquerade
    }}
    chain forward {{
        type filter hook forward priority filter;
        ip saddr @isolated oifname != "{bridge}" reject with icmp type net-unreachable
        ip daddr @isolated iifname != "{bridge}" drop
    }}
    chain input {{
        type filter hook input priority filter;
        ip saddr @isolated tcp dport {port} reject with tcp reset
    }}
}}
"""


@dataclass(frozen=True)
class Network:
    """The network as it is up."""

    subnet: str
    mtu: int
    machine_boot: str
    settings: dict[str, str]

    @property
    def gateway(self) -> str:
        """The machine's own address on the bridge."""
        return str(ipaddress.ip_network(self.subnet)[1])

    @property
    def prefix(self) -> int:
        """How long the network part of an address is."""
        return ipaddress.ip_network(self.subnet).prefixlen

    @property
    def cache(self) -> str:
        """The package cache, as apt names a proxy."""
        return f"http://{self.gateway}:{CACHE_PORT}"

    def address(self, index: int) -> str:
        """The address of a host by its number, from 1."""
        return str(ipaddress.ip_network(self.subnet)[index + 1])


def current(home: Home) -> Network | None:
    """The network of the hosts that are up; None when there is none, or only what a crash of the machine left."""
    try:
        network = Network(**json.loads(home.network.read_text()))
    except FileNotFoundError:
        return None
    return network if network.machine_boot == _machine_boot() else None


def bring_up(home: Home) -> Network:
    """Make the network unless it is there."""
    network = current(home)
    if network is None:
        if Path(f"/sys/class/net/{BRIDGE}").exists():
            raise LabError(f"{BRIDGE} exists: another lab is up (with another GPUWRIGHT_LAB_HOME); take it down first")
        network = Network(free_subnet(taken()), _uplink_mtu(), _machine_boot(), settings.change())
        write(home.network, json.dumps(asdict(network), indent=1))
        try:
            _make_bridge(network)
            _make_rules(network)
        except LabError:
            take_down(home)
            raise
    _serve_packages(home, network)
    return network


def take_down(home: Home) -> None:
    """Remove the network and put the machine's settings back."""
    network = current(home)
    if network is not None:
        cache = daemon.Daemon.read(home.path / "cache.pid")
        if cache is not None:
            cache.stop()
        run("nft", "delete", "table", "ip", TABLE, check=False)
        run("ip", "link", "del", BRIDGE, check=False)
        settings.restore(network.settings)
    for left in (home.network, home.path / "cache.pid", home.path / "cache.log"):
        left.unlink(missing_ok=True)


def isolate(address: str, *, isolated: bool) -> None:
    """Take a host's way out of the lab, or give it back."""
    verb = "add" if isolated else "delete"
    run("nft", verb, "element", "ip", TABLE, "isolated", f"{{ {address} }}", check=isolated)


def free_subnet(used: list[ipaddress.IPv4Network]) -> str:
    """Pick the first range that no address or route of the machine touches."""
    for wide in RANGES:
        for subnet in ipaddress.IPv4Network(wide).subnets(new_prefix=20):
            if not any(subnet.overlaps(other) for other in used):
                return str(subnet)
    raise LabError(f"no free addresses for the lab: all of {', '.join(RANGES)} is routed on this machine")


def taken() -> list[ipaddress.IPv4Network]:
    """Every network the machine has a route to."""
    routes = json.loads(run("ip", "-j", "-4", "route", "show", "table", "all").stdout or "[]")
    return list(_networks(route.get("dst", "") for route in routes))


def _networks(destinations: Iterator[str]) -> Iterator[ipaddress.IPv4Network]:
    for destination in destinations:
        # "default" is a word, and no reason not to take a range.
        with suppress(ValueError):
            network = ipaddress.IPv4Network(destination, strict=False)
            if network.prefixlen:
                yield network


def _make_bridge(network: Network) -> None:
    lines = [
        f"link add {BRIDGE} type bridge",
        f"link set {BRIDGE} mtu {network.mtu} up",
        f"addr add {network.gateway}/{network.prefix} dev {BRIDGE}",
    ]
    run("ip", "-batch", "-", text="\n".join(lines))


def _make_rules(network: Network) -> None:
    rules = RULES.format(table=TABLE, subnet=network.subnet, bridge=BRIDGE, port=CACHE_PORT)
    run("nft", "-f", "-", text=rules)


def _serve_packages(home: Home, network: Network) -> None:
    file = home.path / "cache.pid"
    if daemon.Daemon.read(file) is not None:
        return
    proxies = [f"{scheme}={url}" for scheme, url in archive.upstream_proxies().items()]
    arguments = [network.gateway, str(CACHE_PORT), str(home.packages), *proxies]
    served = daemon.start("package_cache.py", *arguments, file=file, log=home.path / "cache.log")
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and served.alive():
        with suppress(OSError), create_connection((network.gateway, CACHE_PORT), timeout=1):
            return
        time.sleep(0.02)
    raise LabError(f"the package cache did not start: see {home.path / 'cache.log'}")


def _uplink_mtu() -> int:
    """The largest packet that passes the machine's own uplink: hosts must not send larger ones."""
    routes = json.loads(run("ip", "-j", "-4", "route", "show", "default").stdout or "[]")
    sizes = [int(Path(f"/sys/class/net/{route['dev']}/mtu").read_text()) for route in routes if "dev" in route]
    return min([1500, *sizes])


def _machine_boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
