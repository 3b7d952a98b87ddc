"""The cable between a host and the bridge. It stays plugged in while the host reboots."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from tests.lab import daemon
from tests.lab.command import run
from tests.lab.errors import LabError
from tests.lab.network import BRIDGE, Network


@dataclass(frozen=True)
class Wire:
    """One host's cable, network namespace and address."""

    machine: Path
    index: int
    address: str
    latency_ms: float

    @property
    def outer(self) -> str:
        """The end on the bridge."""
        return f"gwlab{self.index:03d}"

    @property
    def mac(self) -> str:
        """The same for each number: the machine remembers who had an address."""
        return f"02:67:77:00:{self.index >> 8:02x}:{self.index & 255:02x}"

    @property
    def netns(self) -> Path:
        """The file that holds the host's network namespace."""
        return self.machine / "netns"

    def plug(self, network: Network) -> None:
        """Make the namespace and the cable into it."""
        self.netns.touch()
        run("unshare", f"--net={self.netns}", "true")
        if self.latency_ms:
            self._stretch(network)
        else:
            outer = f"link add {self.outer} mtu {network.mtu} type veth"
            inner = f"peer name eth0 address {self.mac} mtu {network.mtu} netns {self.netns}"
            run("ip", "-batch", "-", text=f"{outer} {inner}\nlink set {self.outer} master {BRIDGE} up\n")
        inside = [
            "link set lo up",
            f"addr add {self.address}/{network.prefix} dev eth0",
            "link set eth0 up",
            f"route add default via {network.gateway}",
        ]
        # A new namespace copies the machine's ip_forward, which the lab has raised; a fresh host does not forward.
        script = "echo 0 >/proc/sys/net/ipv4/ip_forward && exec ip -batch -"
        run("nsenter", f"--net={self.netns}", "sh", "-c", script, text="\n".join(inside))

    def _stretch(self, network: Network) -> None:
        """Put a delay line in the place of the cable."""
        inner = f"gwlin{self.index:03d}"
        half = f"{self.latency_ms / 2:g}"
        log = self.machine / "delay.log"
        line = daemon.start("delay.py", half, self.outer, inner, file=self.machine / "delay.pid", log=log)
        deadline = time.monotonic() + 5
        while not Path(f"/sys/class/net/{inner}").exists():
            if not line.alive() or time.monotonic() > deadline:
                raise LabError(f"the delay line did not start: see {log}")
            time.sleep(0.01)
        lines = [
            f"link set {self.outer} mtu {network.mtu} master {BRIDGE} up",
            f"link set {inner} mtu {network.mtu} address {self.mac}",
            f"link set {inner} netns {self.netns} name eth0",
        ]
        run("ip", "-batch", "-", text="\n".join(lines))

    def cut(self) -> None:
        """Pull the cable: what is under way is lost, and nobody is told."""
        run("ip", "link", "set", self.outer, "down")

    def mend(self) -> None:
        """Put it back."""
        run("ip", "link", "set", self.outer, "up")

    def unplug(self) -> None:
        """Remove the cable; the namespace goes when its file is unmounted."""
        line = daemon.Daemon.read(self.machine / "delay.pid")
        if line is not None:
            line.stop()
        run("ip", "link", "del", self.outer, check=False)
