"""Processes that live on after the command that started them: supervisors, delay lines, the package cache."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.lab import cgroups
from tests.lab.errors import LabError
from tests.lab.home import write

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Daemon:
    """A process known by its number and the moment it started: numbers are used again."""

    pid: int
    started: str

    @classmethod
    def of(cls, pid: int) -> Daemon:
        """Name a process that is running now."""
        return cls(pid, _started(pid))

    @classmethod
    def read(cls, file: Path) -> Daemon | None:
        """Find a daemon by its file; None when there is none or it is gone."""
        try:
            pid, started = file.read_text().split()
        except (FileNotFoundError, ValueError):
            return None
        daemon = cls(int(pid), started)
        return daemon if daemon.alive() else None

    def alive(self) -> bool:
        """Whether it still runs."""
        return _started(self.pid) == self.started != ""

    def stop(self) -> None:
        """Kill it and wait until it is gone."""
        with contextlib.suppress(ProcessLookupError):
            if self.alive():
                os.kill(self.pid, signal.SIGKILL)
        deadline = time.monotonic() + 10
        while self.alive():
            # It may be a child of this very process.
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self.pid, os.WNOHANG)
            if time.monotonic() > deadline:
                raise LabError(f"process {self.pid} does not die")
            time.sleep(0.005)


def _started(pid: int) -> str:
    """When a process started, in clock ticks since boot; empty for one that is gone or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return "" if fields[0] in "ZX" else fields[19]


def start(script: str, *arguments: str | Path, file: Path, log: Path) -> Daemon:
    """Start one of the lab's own scripts in a session of its own, in the lab's control group."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(HERE / script), *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            start_new_session=True,
        )
    (cgroups.helpers() / "cgroup.procs").write_text(str(process.pid))
    daemon = Daemon.of(process.pid)
    write(file, f"{daemon.pid} {daemon.started}\n")
    # Nobody waits for it; without this, Python warns that a child is still running when this object goes.
    process.returncode = 0
    return daemon
