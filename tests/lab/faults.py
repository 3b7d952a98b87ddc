"""What can be wrong with a host from its first boot on.

A fault says in one line what it is, and prepares what the host then finds. To add one: write the function, name it
in FAULTS. Faults of the simulated hardware are the hardware's own; both kinds are named with `--fault`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.lab import hardware, mounts
from tests.lab.command import run
from tests.lab.errors import UsageError
from tests.lab.mirror import life
from tests.lab.mounts import Bind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

STUCK = "stuck"


@dataclass(frozen=True)
class Fault:
    """Something wrong with a host."""

    says: str
    prepare: Callable[[Path, Path], Bind]


def _var_lib_partition(machine: Path, root: Path) -> Bind:
    point = machine / "mounts/var_lib"
    fresh = not (machine / "var_lib.ext4").exists()
    mounts.loop(machine / "var_lib.ext4", "20G", point)
    if fresh:
        run("cp", "-a", f"{root}/var/lib/.", point)
    return Bind("rw", point, "/var/lib")


def _nvidia_smi_stuck(machine: Path, _root: Path) -> Bind:
    point = machine / "mounts" / STUCK
    mounts.loop(machine / "stuck.ext4", "16M", point)
    return Bind("rw", point, f"/run/gpuwright-lab/{STUCK}")


def _docker_on_ext4(machine: Path, _root: Path) -> Bind:
    folder = machine / "docker"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o710)
    return Bind("rw", folder, "/var/lib/docker")


FAULTS = {
    "docker_on_ext4": Fault("docker lies in a plain directory of the machine: overlay2 works", _docker_on_ext4),
    "nvidia_smi_stuck": Fault("nvidia-smi writes to a file system that freeze() stops", _nvidia_smi_stuck),
    "var_lib_partition": Fault("/var/lib is a partition of its own", _var_lib_partition),
}


def known() -> dict[str, str]:
    """Every fault by name, with what it is."""
    return {**{name: fault.says for name, fault in FAULTS.items()}, **hardware.FAULTS, **life.FAULTS}


def check(names: Iterable[str]) -> tuple[str, ...]:
    """Refuse names of faults that there are not."""
    wanted = tuple(dict.fromkeys(names))
    for name in wanted:
        if name not in known():
            raise UsageError(f"no fault {name!r} in the lab: there are {', '.join(sorted(known()))}")
    return wanted


def prepare(names: Iterable[str], machine: Path, root: Path) -> list[Bind]:
    """Prepare a host's faults; returns what each boot binds."""
    return [FAULTS[name].prepare(machine, root) for name in names if name in FAULTS]


def freeze(machine: Path) -> None:
    """Stop the file system that nvidia-smi writes to: whoever writes there is stuck in the kernel."""
    run("fsfreeze", "--freeze", machine / "mounts" / STUCK)


def thaw(machine: Path) -> None:
    """Let it go on; nothing happens to one that was not frozen."""
    if (machine / "mounts" / STUCK).exists():
        run("fsfreeze", "--unfreeze", machine / "mounts" / STUCK, check=False)
