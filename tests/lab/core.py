"""The lab: brings hosts up, takes them down, and leaves the machine as it was."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab import assembly, cgroups, faults, identity, layers, mounts, network, simulations, ssh
from tests.lab.errors import LabError, UsageError
from tests.lab.home import Home
from tests.lab.host import Host
from tests.lab.mirror import borrowed, life
from tests.lab.spec import Spec, check_gpus, check_name, free_index
from tests.lab.supported import supported

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

# More at once only wait for each other.
AT_ONCE = 8


@dataclass(frozen=True)
class Wish:
    """What all the hosts of one `up` are to be."""

    os: str
    gpus: str
    faults: tuple[str, ...]
    latency_ms: float
    layer: str | None
    lowers: tuple[str, ...]

    def spec(self, name: str, index: int, address: str) -> Spec:
        """One host of this kind."""
        return Spec(name, index, address, self.os, self.gpus, self.faults, self.latency_ms, self.layer, self.lowers)


class Lab:
    """The hosts of one home directory. Several processes may use it at the same time."""

    def __init__(self, home: Home | None = None) -> None:
        self.home = home or Home.default()

    def hosts(self) -> list[Host]:
        """Every host there is, running or not."""
        files = sorted(self.home.hosts.glob("*/spec.json"))
        return [Host(self.home, Spec.load(file.parent)) for file in files]

    def host(self, name: str) -> Host:
        """Look up one host."""
        for host in self.hosts():
            if host.name == name:
                return host
        names = ", ".join(host.name for host in self.hosts()) or "none"
        raise UsageError(f"no host {name!r} in the lab: there are {names}")

    def up(
        self,
        names: Sequence[str],
        *,
        os: str | None = None,
        gpus: str = "none",
        faults: Iterable[str] = (),
        latency_ms: float = 0,
        layer: str | None = None,
    ) -> list[Host]:
        """Bring hosts up, all alike and all at once; those that are up already stay as they are."""
        wish = self._wish(os, gpus, faults, latency_ms, layer)
        hosts, fresh = self._claim([check_name(name) for name in names], wish)
        try:
            _each(assembly.assemble, fresh)
            self._write_ssh_files()
            _each(Host.start, hosts)
        except BaseException:
            # ^C too: what is half up would only be in the way.
            self.down([host.name for host in fresh])
            raise
        return hosts

    def down(self, names: Sequence[str] | None = None) -> None:
        """Take hosts down, all of them unless named; with the last one everything of the lab's is gone."""
        chosen = self.hosts() if names is None else [self.host(name) for name in names]
        with self.home.locked("lab"):
            _each(assembly.dismantle, chosen)
            left = self.hosts()
            if not any(life.wanted(host.spec.os, host.spec.faults) for host in left):
                life.stop(self.home)
            if not left:
                self._leave_no_trace()
        self._write_ssh_files()

    def layer(self, os: str, name: str, script: str, *, faults: Iterable[str] = ()) -> str:
        """Find or make the layer that a script, run as root on a fresh host, leaves; returns its label for `up`."""
        label = layers.label_of(self.home, os, name, script)
        with self.home.locked(f"layer-{os}-{name}"):
            if layers.find(self.home, label) is None:
                scratch = f"layer-{label.rpartition('-')[2]}"
                # One that was killed half way left its host: what had been done to it is no base.
                self.down([host.name for host in self.hosts() if host.name == scratch])
                (host,) = self.up([scratch], os=os, faults=faults)
                try:
                    host.run(f"set -e\n{script}", timeout=3600)
                    host.shut_down()
                    self.snapshot(host, label)
                finally:
                    self.down([scratch])
                with self.home.locked("lab"):
                    layers.collect_garbage(self.home, older_than=label)
        return label

    def simulation(self, os: str) -> layers.Layer:
        """Find or make the layer that turns the base into another system."""
        simulation = simulations.SIMULATIONS[os]
        label = self.layer(simulation.over, os, simulation.script(), faults=[life.MIRROR])
        layer = layers.find(self.home, label)
        if layer is None:
            raise LabError(f"layer {label} was removed meanwhile: try again")
        return layer

    def snapshot(self, host: Host, label: str) -> str:
        """Make a layer of what a host has become. A running host is shut down for it and started again."""
        running = host.running()
        if running:
            host.shut_down()
        with self.home.locked("lab"):
            assembly.snapshot(host, label)
        if running:
            self.host(host.name).start()
        return label

    def drop_layer(self, label: str) -> None:
        """Remove a layer or snapshot that nothing rests on."""
        with self.home.locked("lab"):
            layers.drop(self.home, label)

    def purge(self) -> None:
        """Remove bases, layers and packages; only when no host is there."""
        if self.hosts():
            raise UsageError("hosts are up: lab.down first")
        mounts.remove(self.home.path)

    def _wish(self, os: str | None, gpus: str, names: Iterable[str], latency_ms: float, layer: str | None) -> Wish:
        reason = supported()
        if reason:
            raise LabError(reason)
        checked = faults.check(names)
        check_gpus(gpus)
        if layer is None and os in simulations.SIMULATIONS:
            lowers = self.simulation(os).lowers
        else:
            os, lowers = layers.stack(self.home, os, layer)
        if life.wanted(os, checked):
            self.layer(borrowed.below(os), borrowed.NAME, borrowed.SCRIPT)
            life.tree_for(self.home, checked)
        return Wish(os, gpus, checked, latency_ms, layer, lowers)

    def _claim(self, names: list[str], wish: Wish) -> tuple[list[Host], list[Host]]:
        """Give each new host its number and address; returns all hosts, and the new ones among them."""
        with self.home.locked("lab"):
            if network.current(self.home) is None:
                # The machine went down with its hosts; they wrote without fsync and are no use.
                _each(assembly.dismantle, self.hosts())
            there = {host.name: host for host in self.hosts()}
            layers.collect_bases(self.home)
            if not all(Path(lower).is_dir() for lower in wish.lowers):
                raise LabError("what the hosts were to be made from was replaced meanwhile: try again")
            assembly.prepare(self.home)
            net = network.bring_up(self.home)
            if life.wanted(wish.os, wish.faults):
                life.start(self.home, net)
            used = {host.spec.index for host in there.values()}
            fresh = []
            for name in names:
                if name not in there:
                    index = free_index(used)
                    used.add(index)
                    there[name] = Host(self.home, wish.spec(name, index, net.address(index)))
                    there[name].spec.save(there[name].machine)
                    fresh.append(there[name])
                _same(there[name].spec, wish)
        return [there[name] for name in names], fresh

    def _write_ssh_files(self) -> None:
        with self.home.locked("lab"):
            # Somebody else's host may not have its keys yet; who brings it up writes the files again.
            specs = [host.spec for host in self.hosts() if identity.host_key(host.machine)]
            ssh.write_files(self.home, specs)

    def _leave_no_trace(self) -> None:
        network.take_down(self.home)
        mounts.unmount_below(self.home.disks)
        cgroups.remove(cgroups.top())


def _same(spec: Spec, wish: Wish) -> None:
    asked = wish.spec(spec.name, spec.index, spec.address)
    if asked.asked() != spec.asked():
        raise UsageError(f"{spec.name} is up already as {spec.asked()}, not {asked.asked()}: lab.down it first")


def _each(do: Callable[[Host], None], hosts: Sequence[Host]) -> None:
    """Do something with every host at once; the first failure is raised when all are done."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        started = [pool.submit(do, host) for host in hosts]
    for future in started:
        future.result()
