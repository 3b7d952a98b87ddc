"""The host's package lists, fetched in a run where the solver's answer rests on newer ones.

The solver reads the repositories as they are now, in a private directory. A step installs by the host's own lists,
which may name other versions, or packages that the repository no longer has.
"""

from __future__ import annotations

from collections.abc import Sequence

from checks.facts.solver import Solution
from provision.remote.detached import Script
from provision.step import Step

FETCH = Script("fetch the package lists that the plan was made by", "fetch_lists\n")
"""No step of the plan: whether it is needed changes by the hour, and a saved plan would no longer be the same one."""


def scripts(steps: Sequence[Step], solution: Solution | None) -> list[Script]:
    """The steps as a run does them, the lists before the first that installs something, if they must be fetched."""
    made = [Script(step.title, step.script, step.undo, bool(step.reboot)) for step in steps]
    at = _before(steps, solution)
    return made if at is None else [*made[:at], FETCH, *made[at:]]


def fetched(steps: Sequence[Step], solution: Solution | None) -> bool:
    """Whether they will be."""
    return _before(steps, solution) is not None


def _before(steps: Sequence[Step], solution: Solution | None) -> int | None:
    """The first step that needs them; None where the host's are the same, or a step fetches them anyway."""
    first = next((at for at, step in enumerate(steps) if step.installs), None)
    if first is None or solution is None or not solution.newer:
        return None
    return None if any("apt update" in step.script for step in steps[: first + 1]) else first
