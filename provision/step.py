"""A step is one change to a host; a plan is steps in phases, cut where a reboot must come between them."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

REBOOT = "reboot"

GPU_PROGRAMS = "GPU programs"
CONTAINERS = "containers"
HOST = "the host"
GPUS_OF_CONTAINERS = "GPUs of containers"
"""What a step may disrupt: whatever has a GPU open, what runs in docker, everything (a reboot), and the GPUs that
running containers have, which a reload of systemd may take away."""


@dataclass(frozen=True)
class Brought:
    """A file that is brought to the host before the run starts; its script finds it as $RUN/files/NAME.

    `source` is a file of this machine, or what makes the content. `sha256` is what it must be; empty: whatever it is.
    It is gone again when the run has ended, so an undo cannot rest on it.
    """

    name: str
    source: Path | Callable[[], bytes]
    sha256: str = ""

    @property
    def path(self) -> Path | None:
        """The file of this machine, if it is one."""
        return self.source.expanduser() if isinstance(self.source, Path) else None


@dataclass(frozen=True)
class Step:
    """One change.

    `script` and `undo` are sh, run as root under `set -eu` with the functions of remote/lib.sh; an empty undo means
    that there is nothing to take back. `installs` are the packages that the solver is asked about. `reboot` says why
    the change takes effect only after a reboot (empty: at once). `needs_driver` marks what can only be done once the
    driver is loaded. `disrupts` are the kinds of things that stop working meanwhile, and `stops` what of these
    was found on the host: planning fills it in, as it does `component`. `key` is what consent to the step is remembered
    by, where its title changes with what is found out on the way. `brings` are the files that its script needs.
    `removes` are the containers that it removes, to which --yes does not agree.
    """

    title: str
    why: str
    script: str
    undo: str = ""
    reboot: str = ""
    needs_driver: bool = False
    installs: tuple[str, ...] = ()
    disrupts: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()
    component: str = ""
    key: str = ""
    brings: tuple[Brought, ...] = ()
    removes: tuple[str, ...] = ()


def words(names: Iterable[str]) -> str:
    """Names as words of a line of sh."""
    return " ".join(map(shlex.quote, names))


def fed(text: str, command: str) -> str:
    """The sh that gives a command exactly this text: a here-document alone would end it with a newline."""
    mark = "END_OF_TEXT"
    while mark in text:
        mark += "_"
    return f"head -c {len(text.encode())} <<'{mark}' | {command}\n{text}\n{mark}\n"


@dataclass(frozen=True)
class Phase:
    """Steps done one after another; `reboot` says why the host reboots after them (empty: it does not).

    `stops` is the work on the host that the reboot ends.
    """

    steps: tuple[Step, ...]
    reboot: str = ""
    stops: tuple[str, ...] = ()

    @property
    def disrupts(self) -> tuple[str, ...]:
        """The kinds of things that its steps disrupt, without the reboot."""
        return tuple(dict.fromkeys(kind for step in self.steps for kind in step.disrupts))


@dataclass(frozen=True)
class Plan:
    """What is to be done; falsy when there is nothing. `unknown` says, by component, what could not be planned.

    `warnings` are about the host as it is now: a shutdown is scheduled.
    """

    phases: tuple[Phase, ...] = ()
    unknown: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.phases)

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps, in order."""
        return tuple(step for phase in self.phases for step in phase.steps)

    @property
    def reboots(self) -> int:
        """How many times the host reboots."""
        return sum(bool(phase.reboot) for phase in self.phases)

    @property
    def shown(self) -> frozenset[str]:
        """What consent to this plan covers: its steps with the work that they stop, and those of its reboots."""
        stopped = {stop(work) for step in self.steps for work in step.stops}
        return (
            frozenset({step.key or step.title for step in self.steps} | stopped | set(self.warnings)) | self.by_reboot
        )

    @property
    def by_reboot(self) -> frozenset[str]:
        """What consent to its reboots covers."""
        reboots = [phase for phase in self.phases if phase.reboot]
        return frozenset({stop(work) for phase in reboots for work in phase.stops} | ({REBOOT} if reboots else set()))


def stop(work: str) -> str:
    """What consent to stopping a piece of work is remembered by."""
    return f"stop {work}"


def phases(steps: Iterable[Step]) -> Iterator[Phase]:
    """Cut the steps where one needs the driver that an earlier one makes available only after a reboot."""
    done: list[Step] = []
    pending = ""
    for step in steps:
        if pending and step.needs_driver:
            yield Phase(tuple(done), pending)
            done, pending = [], ""
        done.append(step)
        pending = pending or step.reboot
    if done:
        yield Phase(tuple(done), pending)
