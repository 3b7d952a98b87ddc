"""No task is stuck in the kernel.

One in uninterruptible sleep cannot be killed. It waits for a disk, a network file system or a driver that no longer
answers, and everything that waits for it is stuck too.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, ok, warn
from checks.profiles.profile import Profile

RESTS_ON = ()

YOUNG = 20
"""Seconds of age below which a task is only slow: on a busy host a second in one place is nothing."""


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    reported = "smi" in facts.recording.readings and bool(facts.smi.stuck)
    old = [task for task in facts.tasks if task.age >= YOUNG]
    tasks = [task for task in old if not (reported and task.name == "nvidia-smi")]
    if not tasks:
        yield ok("no task is stuck in the kernel")
        return
    places = ", ".join(sorted({task.wchan for task in tasks if task.wchan}))
    yield warn(
        f"{len(tasks)} task(s) stuck in the kernel: " + ", ".join(sorted({task.name for task in tasks})[:5]),
        why="they cannot be killed, and a reboot may hang on them",
        evidence="; ".join(
            f"pid {task.pid} {task.name}: state D in {task.wchan or '?'}, {task.age} s old" for task in tasks[:5]
        ),
        remedy=by_hand(
            f"look for what they wait for ({places or 'cat /proc/PID/stack'}): dmesg | grep -e 'blocked for' -e nfs"
        ),
    )
