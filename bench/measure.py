"""One run of one peer, seen from outside: wall, CPU of its process tree and of the hosts, memory, exit status.

A run lives in a control group of its own, so that what outlives its parent counts (ansible's ControlPersist).
"""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.lab import cgroups

SAMPLE = 0.1
"""Seconds between two looks at the memory of the tree."""

PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Run:
    """What was measured; seconds and MiB.

    `memory` is the peak of the tree's sum, shared pages counted in each process; `biggest` that of its biggest process.
    `foreign` is the CPU that the rest of the machine used meanwhile.
    """

    wall: float
    control: float
    hosts: float
    memory: float
    biggest: float
    foreign: float
    status: int


def once(
    command: Sequence[str], groups: Sequence[Path], *, env: dict[str, str], cwd: Path, log: Path, limit: float
) -> Run:
    """Run a command to its end, cold; what is left of it after `limit` seconds is killed (status -9).

    `groups` are the control groups of the hosts that it talks to.
    """
    group = cgroups.hierarchy() / "gpuwright-bench"
    group.mkdir(exist_ok=True)
    machine, hosts = _machine(), sum(map(used, groups))
    began = time.monotonic()
    join = ["/bin/sh", "-c", f'echo $$ >{group}/cgroup.procs && exec "$@"', "sh", *command]
    with log.open("wb") as out:
        child = subprocess.Popen(join, env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
        tree = _Tree(group)
        try:
            status = child.wait(limit)
        except subprocess.TimeoutExpired:
            status = -9
        wall = time.monotonic() - began
        tree.stop()
    cgroups.kill(group)
    control, host_side = used(group), sum(map(used, groups)) - hosts
    foreign = _machine() - machine - control - host_side
    cgroups.remove(group)
    return Run(wall, control, host_side, tree.peak / 2**20, tree.biggest / 2**20, foreign, status)


class _Tree(threading.Thread):
    """Watches the memory of every process in a group."""

    def __init__(self, group: Path) -> None:
        super().__init__(daemon=True)
        self.peak = self.biggest = 0
        self._group = group
        self._over = threading.Event()
        self.start()

    def run(self) -> None:
        while not self._over.wait(SAMPLE):
            sizes = [_resident(pid) for pid in cgroups.processes(self._group)]
            self.peak = max(self.peak, sum(sizes))
            self.biggest = max(self.biggest, *sizes, 0)

    def stop(self) -> None:
        """Look no more."""
        self._over.set()
        self.join()


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * PAGE
    except (OSError, IndexError):
        return 0


def used(group: Path) -> float:
    """Seconds of CPU that a group has used."""
    stat = dict(line.split() for line in (group / "cpu.stat").read_text(encoding="ascii").splitlines())
    return int(stat["usage_usec"]) / 1e6


def _machine() -> float:
    """Seconds of CPU that all of the machine has used: all but idle, waiting and stolen."""
    user, nice, system, _, _, irq, soft, *_ = Path("/proc/stat").read_text(encoding="ascii").split("\n")[0].split()[1:]
    return sum(map(int, (user, nice, system, irq, soft))) / os.sysconf("SC_CLK_TCK")
