"""One host of the lab: a machine with a power switch, a cable, and sshd."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab import cgroups, daemon, faults, network, ssh
from tests.lab.command import last_lines, run
from tests.lab.errors import LabError
from tests.lab.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.lab.home import Home
    from tests.lab.spec import Spec

BOOT_SECONDS = 60.0
STEP = 0.01


@dataclass(frozen=True)
class Host:
    """A host that exists; whether it runs is asked each time."""

    home: Home
    spec: Spec

    @property
    def name(self) -> str:
        """Its name, for ssh too."""
        return self.spec.name

    @property
    def address(self) -> str:
        """Its address on the lab's network."""
        return self.spec.address

    @property
    def machine(self) -> Path:
        """Its state on this machine, outside its own root."""
        return self.home.hosts / self.name

    @property
    def root(self) -> Path:
        """Its disk as it sees it, but for what is mounted at boot."""
        return self.machine / "root"

    @property
    def wire(self) -> Wire:
        """Its cable."""
        return Wire(self.machine, self.spec.index, self.address, self.spec.latency_ms)

    @property
    def cgroup(self) -> Path:
        """The control group of all its processes."""
        return cgroups.of_host(self.name)

    # Power

    def running(self) -> bool:
        """Whether it is switched on."""
        return self._supervisor() is not None

    def start(self) -> None:
        """Switch it on and wait until one can log in."""
        self._wait(self._assembled, BOOT_SECONDS, "was not put together")
        # Two who bring up the same host must not both start it, nor one return before it is up.
        with self._power_switch():
            if not self.running():
                (self.machine / "restart").unlink(missing_ok=True)
                before = self.boot_id()
                arguments = (self.machine, self.cgroup, cgroups.helpers())
                file, log = self.machine / "supervisor.pid", self.machine / "console.log"
                daemon.start("supervisor.py", *arguments, file=file, log=log)
                self.wait_until_up(before)

    def _assembled(self) -> bool:
        if not self.machine.exists():
            raise LabError(f"{self.name} was taken down while somebody else brought it up")
        return (self.machine / "binds").exists()

    @contextmanager
    def _power_switch(self) -> Iterator[None]:
        with (self.machine / "power.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def power_off(self) -> None:
        """Pull the plug."""
        supervisor = self._supervisor()
        if supervisor is not None:
            supervisor.stop()
        cgroups.kill(self.cgroup)
        cgroups.remove(self.cgroup)

    def shut_down(self, timeout: float = 60) -> None:
        """Let it power off by itself, in order."""
        self.inside("systemctl", "poweroff", check=False)
        self._wait(lambda: not self.running(), timeout, "did not power off")

    def power_cycle(self) -> None:
        """Pull the plug and put it back."""
        before = self.boot_id()
        (self.machine / "restart").touch()
        os.kill(self._init(), signal.SIGKILL)
        self.wait_until_up(before)

    def reboot(self) -> None:
        """Reboot in order, and wait until one can log in again."""
        before = self.boot_id()
        self.inside("systemctl", "reboot", check=False)
        self.wait_until_up(before)

    def boot_id(self) -> str:
        """Which boot this is; empty before the first."""
        with suppress(FileNotFoundError):
            return (self.machine / "boot_id").read_text().strip()
        return ""

    def wait_until_up(self, before: str, timeout: float = BOOT_SECONDS) -> None:
        """Wait for a boot other than `before`, until its sshd answers and lets people in."""

        def up() -> bool:
            if not self.running():
                raise LabError(f"{self.name} ended while it booted: {self.console_end()}")
            return self.boot_id() not in {"", before} and self._lets_in()

        self._wait(up, timeout, "did not come up")

    def settle(self) -> Host:
        """Wait until every service of this boot is up; one can log in some seconds before."""
        self.inside("systemctl", "is-system-running", "--wait", check=False, timeout=BOOT_SECONDS)
        return self

    def _lets_in(self) -> bool:
        # pam_nologin turns everybody but root away while systemd still boots.
        with suppress(OSError, LabError):
            if Path(f"/proc/{self._init()}/root/run/nologin").exists():
                return False
            with socket.create_connection((self.address, 22), timeout=2) as connection:
                connection.settimeout(2 + self.spec.latency_ms / 1000)
                return connection.recv(4) == b"SSH-"
        return False

    def _wait(self, done: Callable[[], bool], timeout: float, otherwise: str) -> None:
        deadline = time.monotonic() + timeout
        while not done():
            if time.monotonic() > deadline:
                raise LabError(f"{self.name} {otherwise} in {timeout:g} s: {self.console_end()}")
            time.sleep(STEP)

    def console_end(self) -> str:
        """The last it said on its console."""
        with suppress(FileNotFoundError):
            lines = (self.machine / "console.log").read_text(errors="replace").splitlines()
            return "; ".join(lines[-5:]) or "its console is silent"
        return "it has no console yet"

    def _supervisor(self) -> daemon.Daemon | None:
        return daemon.Daemon.read(self.machine / "supervisor.pid")

    def _init(self) -> int:
        """Its PID 1, as this machine numbers it."""
        with suppress(FileNotFoundError, ValueError):
            pid = int((self.machine / "init.pid").read_text())
            if pid in cgroups.processes(self.cgroup):
                return pid
        raise LabError(f"{self.name} is not running")

    # Commands

    def run(
        self,
        command: str,
        user: str = "root",
        *,
        check: bool = True,
        timeout: float = 120,
        text: str | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command over ssh, as an operator would."""
        done = subprocess.run(
            ssh.command(self.home, self.spec, user, command),
            input=text,
            stdin=subprocess.DEVNULL if text is None else None,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=timeout,
        )
        if check and done.returncode != 0:
            raise LabError(f"{self.name}: {command!r} failed with {done.returncode}: {last_lines(done)}")
        return done

    def inside(
        self, *argv: str, check: bool = True, timeout: float = 60, text: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in the host without ssh: for what must leave no trace in its log of sessions."""
        return run("nsenter", "--all", f"--target={self._init()}", *argv, check=check, timeout=timeout, text=text)

    def exec_requests(self) -> int:
        """How many commands sshd has been asked to run since the host exists."""
        self.inside("journalctl", "--sync")
        said = self.inside("journalctl", "-q", "-o", "cat", "-t", "sshd", "-t", "sshd-session").stdout
        return sum(line.startswith("Starting session: command") for line in said.splitlines())

    # Trouble

    def cut_network(self) -> None:
        """Pull its cable."""
        self.wire.cut()

    def restore_network(self) -> None:
        """Put its cable back."""
        self.wire.mend()

    def network_outside(self, reachable: bool) -> None:
        """Let it reach the world beyond the lab, or only the lab."""
        network.isolate(self.address, isolated=not reachable)

    def freeze(self) -> None:
        """Stop the file system that its nvidia-smi writes to (fault nvidia_smi_stuck)."""
        faults.freeze(self.machine)

    def thaw(self) -> None:
        """Let it go on."""
        faults.thaw(self.machine)
