"""What work on the host a step or a reboot stops, in words that name each piece; pure.

A step says what kind of thing it disrupts; here that becomes the programs, containers, jobs and people of this moment.
Consent covers exactly these: one that appears later is new to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checks.facts import Facts
from checks.facts.work import Holder
from checks.profiles import interrupts
from provision.step import CONTAINERS, GPU_PROGRAMS, GPUS_OF_CONTAINERS, HOST

TOPICS = ("host", "work", "docker", "containers")
"""What is asked again just before something is stopped."""


def stopped(kinds: Sequence[str], facts: Facts) -> tuple[str, ...]:
    """The work that is stopped by disrupting these; `Unknown` when it could not be read.

    What is none of these kinds names the work already, and is kept.
    """
    found = [kind for kind in kinds if kind not in (GPU_PROGRAMS, CONTAINERS, GPUS_OF_CONTAINERS, HOST)]
    for kind in kinds:
        if kind in (GPU_PROGRAMS, HOST):
            found += _programs(facts)
        if kind == GPUS_OF_CONTAINERS:
            found += [f"the GPUs of container {name}" for name in interrupts.with_gpus(facts)]
        if kind == HOST or (kind.startswith("container") and not facts.docker.live.live_restore):
            found += [f"container {name}" for name in interrupts.containers(facts)]
        if kind == HOST:
            found += _others(facts)
    return tuple(dict.fromkeys(found))


def _programs(facts: Facts) -> Iterator[str]:
    running = facts.docker.ids if interrupts.containers(facts) else ()
    names = {container[:12]: name for container, name in running}
    for holder in interrupts.work(facts).known().holders:
        if not holder.is_service:
            yield _program(holder, names)


def _program(holder: Holder, names: dict[str, str]) -> str:
    belongs = holder.belongs_to
    if belongs.startswith("container "):
        belongs = f"container {names.get(holder.container[:12], holder.container[:12])}"
    gpus = f"GPU {','.join(map(str, holder.gpus))}" if holder.gpus else ""
    return f"{holder.command} (pid {', '.join(part for part in (str(holder.pid), holder.user, gpus, belongs) if part)})"


def _others(facts: Facts) -> Iterator[str]:
    now = interrupts.work(facts)
    yield from (f"Slurm job {job}" for job in now.jobs)
    yield from (f"pod {pod}" for pod in now.pods)
    for session in now.sessions:
        origin = f", from {session.origin}" if session.origin else ""
        yield f"the session of {session.user} ({session.terminal}{origin})"
