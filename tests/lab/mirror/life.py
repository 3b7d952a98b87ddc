"""The mirror in the life of the lab: it starts with the first host that wants it and ends with the last.

A host that wants it resolves the mirror's names to the machine, trusts the lab's certificate authority, and finds
Debian's own docker and DKMS at made.BORROWED. Hosts of a simulation always want it; any other with `--fault mirror`,
or with one of the faults of the mirror.
"""

from __future__ import annotations

import json
import shutil
import socket
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from tests.lab import daemon
from tests.lab.command import run
from tests.lab.errors import LabError
from tests.lab.home import write
from tests.lab.mirror import borrowed, data, keys, server, tree
from tests.lab.mirror.payloads import made
from tests.lab.mounts import Bind
from tests.lab.simulations import SIMULATIONS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.lab.home import Home
    from tests.lab.host import Host
    from tests.lab.network import Network

MIRROR = "mirror"
UNREACHABLE, DIRECTORY = "mirror_unreachable", "mirror_directory"
AT = "/srv/mirror"
FAULTS = {
    MIRROR: "no fault: NVIDIA's and docker's repositories are the lab's mirror, at their real names",
    "mirror_wrong_checksum": "the mirror's packages have another checksum than its indexes say",
    "mirror_truncated": "the mirror's packages end half way",
    "mirror_html": "the mirror answers with a web page in place of a package",
    "mirror_redirect": "the mirror sends whoever asks for a package to another host, which wants a login",
    "mirror_expired_key": "the mirror's key has expired, and everything is signed with it",
    "mirror_unknown_key": "the mirror is signed with another key than the one it publishes",
    UNREACHABLE: "nobody answers at the mirror's names",
    DIRECTORY: f"nobody answers at the mirror's names; a copy lies in {AT}",
}
SIGNINGS = {"mirror_expired_key": keys.EXPIRED, "mirror_unknown_key": keys.UNKNOWN}
SERVED = ("mirror_wrong_checksum", "mirror_truncated", "mirror_html", "mirror_redirect")
# Three signings, in two states of the lists.
KEPT = 6
NOBODY = "127.0.0.2"
CERTIFICATE = "usr/local/share/ca-certificates/gpuwright-lab.crt"
BUNDLE = "etc/ssl/certs/ca-certificates.crt"


def wanted(os: str, faults: Iterable[str]) -> bool:
    """Whether a host of this kind has the mirror."""
    return os in SIMULATIONS or not FAULTS.keys().isdisjoint(faults)


def home_of(home: Home) -> Path:
    """Where keys, trees and the list of clients are."""
    return home.path / MIRROR


def tree_for(home: Home, faults: Iterable[str]) -> Path:
    """The files that a host with these faults sees, made if need be."""
    signing = next((SIGNINGS[name] for name in faults if name in SIGNINGS), "")
    with home.locked(MIRROR):
        return tree.tree(home_of(home), signing)


def fingerprints(home: Home) -> dict[str, str]:
    """The fingerprint of each vendor's key, for profiles that have to name it."""
    with home.locked(MIRROR):
        return {vendor: keys.key(home_of(home) / "keys", vendor).fingerprint for vendor in keys.VENDORS}


def start(home: Home, network: Network) -> None:
    """Serve, unless all names are served already; called with the lab locked."""
    file = home.path / "mirror.pid"
    names = [*data.load().hosts, server.ELSEWHERE]
    running = daemon.Daemon.read(file)
    if running is not None and keys.serves(home_of(home) / "keys", names):
        return
    if running is not None:  # of lists that had fewer
        running.stop()
    clients = home_of(home) / "clients"
    clients.mkdir(parents=True, exist_ok=True)
    with home.locked(MIRROR):
        certificate = keys.server(home_of(home) / "keys", names, network.gateway)
    log = home.path / "mirror.log"
    served = daemon.start("mirror/server.py", network.gateway, certificate, clients, file=file, log=log)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and served.alive():
        with suppress(OSError), socket.create_connection((network.gateway, 443), timeout=1):
            return
        time.sleep(0.02)
    why = (log.read_text(errors="replace").splitlines() or ["no reason given"])[-1]
    raise LabError(f"the mirror did not start: {why}")


def stop(home: Home) -> None:
    """End it, and forget every tree but the newest few."""
    running = daemon.Daemon.read(home.path / "mirror.pid")
    if running is not None:
        running.stop()
    for left in (home.path / "mirror.pid", home.path / "mirror.log"):
        left.unlink(missing_ok=True)
    shutil.rmtree(home_of(home) / "clients", ignore_errors=True)
    trees = sorted((home_of(home) / "trees").glob("*"), key=lambda path: path.stat().st_mtime)
    for path in trees[:-KEPT]:
        shutil.rmtree(path)


def give(host: Host, network: Network) -> list[Bind]:
    """Let a host have the mirror; returns what each boot binds."""
    faults = host.spec.faults
    files = tree_for(host.home, faults)
    told = {"tree": str(files), "fault": next((name for name in faults if name in SERVED), "")}
    write(home_of(host.home) / "clients" / host.address, json.dumps(told))
    names = [*data.load().hosts, server.ELSEWHERE]
    away = UNREACHABLE in faults or DIRECTORY in faults
    _resolve(host.root, names, NOBODY if away else network.gateway)
    with host.home.locked(MIRROR):
        _trust(host.root, keys.authority(home_of(host.home) / "keys"))
    binds = [Bind("ro", borrowed.folder(host.home, host.spec.os), made.BORROWED)]
    return [*binds, Bind("ro", files, AT)] if DIRECTORY in faults else binds


def forget(host: Host) -> None:
    """The host is no client any more."""
    (home_of(host.home) / "clients" / host.address).unlink(missing_ok=True)


def _resolve(root: Path, names: list[str], address: str) -> None:
    with (root / "etc/hosts").open("a") as file:
        file.writelines(f"{address}\t{name}\n" for name in names)
    if (root / "etc/apt").is_dir():
        # The package cache resolves names as the machine does, which knows nothing of the mirror.
        lines = [f'Acquire::{scheme}::Proxy::{name} "DIRECT";\n' for name in names for scheme in ("http", "https")]
        (root / "etc/apt/apt.conf.d/91lab-mirror").write_text("".join(lines))


def _trust(root: Path, certificate: str) -> None:
    """What update-ca-certificates would do, without its second of work: the bundle, and a link by the name's hash."""
    (root / CERTIFICATE).write_text(certificate)
    bundle = (root / BUNDLE).read_text()
    if certificate not in bundle:
        (root / BUNDLE).write_text(bundle + certificate)
    name = run("chroot", root, "openssl", "x509", "-noout", "-hash", "-in", f"/{CERTIFICATE}").stdout.strip()
    link = root / f"etc/ssl/certs/{name}.0"
    link.unlink(missing_ok=True)
    link.symlink_to(f"/{CERTIFICATE}")
