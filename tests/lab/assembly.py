"""Putting a host together from its parts, and taking it apart so that nothing of it is left."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab import cgroups, faults, hardware, identity, layers, mounts, network, ssh, standin
from tests.lab.errors import LabError, UsageError
from tests.lab.home import write
from tests.lab.mirror import life
from tests.lab.mounts import Bind
from tests.lab.spec import Spec

if TYPE_CHECKING:
    from tests.lab.home import Home
    from tests.lab.host import Host

# Where the simulated kernel and hardware appear in a host.
STANDIN = "/usr/lib/gpuwright-lab"
SIMULATED = {
    "pci": "/sys/bus/pci",
    "module": "/sys/module",
    "proc-driver": "/proc/driver",
    "osrelease": "/proc/sys/kernel/osrelease",
    "version": "/proc/version",
}


def prepare(home: Home) -> None:
    """Make what all hosts share; called with the lab locked."""
    ssh.make_key(home)
    mounts.keep_private(home.disks)
    cgroups.prepare()
    _built_standin(home)


def assemble(host: Host) -> None:
    """Make a new host, ready to be switched on."""
    spec, machine = host.spec, host.machine
    net = network.current(host.home)
    if net is None:
        raise LabError("the lab's network is down")
    _mount_root(host)
    identity.give(host.root, machine, spec, net, ssh.make_key(host.home))
    hardware.prepare(machine, spec.gpus, frozenset(spec.faults))
    host.wire.plug(net)
    binds = [*_simulated(host), *faults.prepare(spec.faults, machine, host.root)]
    if life.wanted(spec.os, spec.faults):
        binds += life.give(host, net)
    # The last of its parts: with it there, the host can be switched on.
    write(machine / "binds", "".join(bind.line() for bind in binds))


def dismantle(host: Host) -> None:
    """Remove a host and everything it had, however far it got."""
    faults.thaw(host.machine)
    life.forget(host)
    host.power_off()
    host.wire.unplug()
    host.network_outside(reachable=True)  # the next host of this address is not the one that was cut off
    mounts.unmount_below(host.machine)
    mounts.remove(host.machine)


def snapshot(host: Host, label: str) -> None:
    """Move a switched-off host's changes into a layer, and put the host on top of it."""
    if host.running():
        raise LabError(f"{host.name} is running")
    if outside := [name for name in host.spec.faults if name in faults.FAULTS]:
        raise UsageError(f"{host.name} has files outside its own disk ({', '.join(outside)}): no layer can hold them")
    mounts.unmount_below(host.root)
    layer = layers.keep(host.home, label, host.spec, host.machine / "upper")
    Spec(**{**vars(host.spec), "lowers": layer.lowers}).save(host.machine)
    again = type(host)(host.home, Spec.load(host.machine))
    _mount_root(again)
    net = network.current(host.home)
    if net is not None:
        identity.give(host.root, host.machine, host.spec, net, ssh.make_key(host.home))
        if life.wanted(host.spec.os, host.spec.faults):
            life.give(host, net)


def _mount_root(host: Host) -> None:
    lowers = [Path(lower) for lower in host.spec.lowers]
    mounts.overlay(lowers, host.machine / "upper", host.machine / "work", host.root)


def _simulated(host: Host) -> list[Bind]:
    standin_at = _built_standin(host.home)
    hardware_at = host.machine / "hw"
    binds = [
        Bind("ro", standin_at, STANDIN),
        Bind("ro", standin_at / "ld.so.preload", "/etc/ld.so.preload"),
        *(Bind("rw", hardware_at / name, place) for name, place in SIMULATED.items()),
        Bind("ro", _devices_without_cards(host.machine), "/proc/devices"),
        Bind("rw", hardware_at, "/run/gpuwright-lab"),
    ]
    return [bind for bind in binds if bind.source.exists()]


def _devices_without_cards(machine: Path) -> Path:
    """The machine's device numbers, without those of a card it may have."""
    lines = Path("/proc/devices").read_text().splitlines(keepends=True)
    file = machine / "devices"
    file.write_text("".join(line for line in lines if "nvidia" not in line and "drm" not in line))
    return file


def _built_standin(home: Home) -> Path:
    """Build the stand-ins once for each state of their sources."""
    folder = Path(standin.__file__).parent
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.is_file() and file.suffix != ".pyc":
            digest.update(str(file.relative_to(folder)).encode() + b"\0" + file.read_bytes())
    built = home.standin / digest.hexdigest()[:12]
    if not built.exists():
        aside = home.standin / f".building-{built.name}"
        shutil.rmtree(aside, ignore_errors=True)
        aside.parent.mkdir(parents=True, exist_ok=True)
        try:
            standin.build(aside)
        except standin.BuildError as missing:
            raise LabError(str(missing)) from missing
        aside.rename(built)
        _forget_old_standins(home, built)
    return built


def _forget_old_standins(home: Home, current: Path) -> None:
    """Remove what earlier sources were built to; a host that is up keeps what it has bound."""
    if not any(home.hosts.glob("*/spec.json")):
        for path in home.standin.iterdir():
            if path != current:
                shutil.rmtree(path)
