"""Control groups: one for the lab's own helpers, one per host below a group that confines them all.

They lie at the top of the unified hierarchy, as docker's do, and are all gone after the last `down`.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab import devices
from tests.lab.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "gpuwright-lab"
# A stock machine offers these; hosts get what it offers, as a machine of their own would.
CONTROLLERS = ("cpu", "io", "memory", "pids")


def hierarchy() -> Path:
    """Where the unified hierarchy is mounted."""
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, where, kind, *_ = line.split()
        if kind == "cgroup2":
            return Path(where)
    raise LabError("no cgroup2 file system is mounted: mount one on /sys/fs/cgroup/unified")


def top() -> Path:
    """The lab's own group."""
    return hierarchy() / NAME


def helpers() -> Path:
    """The group of supervisors, delay lines and the package cache: they outlive the session that started them."""
    return top() / "helpers"


def of_host(name: str) -> Path:
    """The group of everything that runs on a host."""
    return top() / "hosts" / name


def prepare() -> None:
    """Make the groups above the hosts, with the rule for devices in place before the first host."""
    helpers().mkdir(parents=True, exist_ok=True)
    hosts = top() / "hosts"
    if hosts.exists():
        return
    hosts.mkdir()
    try:
        devices.confine(hosts)
    except LabError:
        hosts.rmdir()
        raise
    for group in (top(), hosts):
        _offer_controllers(group)


def _offer_controllers(group: Path) -> None:
    offered = (group / "cgroup.controllers").read_text().split()
    for controller in CONTROLLERS:
        if controller in offered:
            with contextlib.suppress(OSError):
                (group / "cgroup.subtree_control").write_text(f"+{controller}")


def below(group: Path) -> list[Path]:
    """The group and all groups in it, innermost first."""
    return [Path(folder) for folder, _, _ in os.walk(group, topdown=False)]


def processes(group: Path) -> Iterator[int]:
    """Every process in the group or below it."""
    for folder in below(group):
        with contextlib.suppress(OSError):
            yield from map(int, (folder / "cgroup.procs").read_text().split())


def kill(group: Path, seconds: float = 20) -> None:
    """Kill every process of the group and wait until they are gone."""
    deadline = time.monotonic() + seconds
    while left := list(processes(group)):
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, 9)
        if time.monotonic() > deadline:
            raise LabError(f"processes {left} of {group.name} do not die: is a file system of theirs frozen?")
        time.sleep(0.01)


def remove(group: Path) -> None:
    """Remove an empty group and all groups in it; the kernel may need a moment after the last process."""
    deadline = time.monotonic() + 5
    while group.exists():
        for folder in below(group):
            with contextlib.suppress(OSError):
                folder.rmdir()
        if group.exists():
            if time.monotonic() > deadline:
                raise LabError(f"control group {group} cannot be removed")
            time.sleep(0.01)
