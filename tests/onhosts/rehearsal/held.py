"""fab, with every step held where a test says: `python -m tests.onhosts.rehearsal.held -H gpu01 provision`.

The components are the real ones. points.sh has to be on the host.
"""

from __future__ import annotations

import sys
from dataclasses import replace

from fabric.main import program

from checks.facts import Facts
from checks.profiles.profile import Profile
from provision import apply, planning
from provision.step import Plan, Step

SHIMS = "/usr/local/lib/rehearsal"


def held(step: Step) -> Step:
    """The same step, which can be held at its beginning, before each of its commands, and at its end."""
    begin = f"export REHEARSED={step.component} PATH={SHIMS}:$PATH\nrehearsal-at '{step.component} begin'\n"
    return replace(step, script=f"{begin}{step.script}rehearsal-at '{step.component} end'\n")


def plan(facts: Facts, profile: Profile, only: tuple[str, ...] = ()) -> Plan:
    """As planning.plan."""
    found = planning.plan(facts, profile, only)
    phases = (replace(phase, steps=tuple(map(held, phase.steps))) for phase in found.phases)
    return replace(found, phases=tuple(phases))


class _Planning:
    """The module planning, but for its plan."""

    plan = staticmethod(plan)

    def __getattr__(self, name: str) -> object:
        return getattr(planning, name)


if __name__ == "__main__":
    vars(apply)["planning"] = _Planning()
    program.run(["fab", *sys.argv[1:]])
