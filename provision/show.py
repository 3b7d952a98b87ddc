"""A plan, as text for a person and as JSON for a program; pure."""

from __future__ import annotations

from typing import Any

from checks.facts.solver import Solution
from provision.lists import fetched
from provision.step import HOST, Plan

SCHEMA = 1

_MIB = 1024 * 1024
_NAMED = ("nvidia-", "docker", "libcuda", "dkms", "linux-headers")


def as_text(plan: Plan, host: str, profile: str, solution: Solution | None = None) -> str:
    """All phases, also those after a reboot, and what the package manager would do."""
    if not plan and not plan.unknown:
        warnings = "".join(f"  !  {warning}\n" for warning in plan.warnings)
        return f"{host}: nothing to do (profile {profile})\n{warnings}"
    reboots = f", {plan.reboots} reboot{'s' * (plan.reboots > 1)}" if plan.reboots else ", no reboot"
    lines = [f"Plan for {host} (profile {profile}): {len(plan.steps)} step{'s' * (len(plan.steps) != 1)}{reboots}"]
    number = 0
    for phase in plan.phases:
        for step in phase.steps:
            number += 1
            lines += [f"{number:>3}. {step.title}", f"       {step.component}: {step.why}"]
            lines += [f"       brings: {file.path or file.name}" for file in step.brings]
            lines += _stopped(step.stops or tuple(f"{kind} (none now)" for kind in step.disrupts))
        lines += [f"  -- reboot: {phase.reboot}", *_stopped(phase.stops)] if phase.reboot else []
    lines += [f"  !  {warning}" for warning in plan.warnings]
    lines += [f"  ?  {component} cannot be planned: {why}" for component, why in plan.unknown]
    lines += _packages(solution) if solution else []
    lines += ["  their lists are newer than the host's, and are fetched first"] if fetched(plan.steps, solution) else []
    return "\n".join(lines) + "\n"


def _stopped(work: tuple[str, ...]) -> list[str]:
    return [f"       stops: {each}" for each in work]


def _packages(solution: Solution) -> list[str]:
    new = [change for change in solution.changes if change.new]
    named = [f"{change.package} {change.new}" for change in new if change.package.startswith(_NAMED)]
    lines = [f"Packages: {len(new)} to install, {solution.fetch / _MIB:.0f} MiB to fetch"]
    lines += [f"  {text}" for text in sorted(named)]
    lines += [f"  REMOVES {package}" for package in solution.removals]
    return lines


def as_table(plan: Plan, host: str, profile: str, solution: Solution | None = None) -> dict[str, Any]:
    """The same for JSON."""
    return {
        "schema": SCHEMA,
        "host": host,
        "profile": profile,
        "phases": [
            {
                "reboot": phase.reboot,
                "disrupts": [HOST] if phase.reboot else [],
                "stops": list(phase.stops),
                "steps": [
                    {
                        "component": step.component,
                        "title": step.title,
                        "why": step.why,
                        "disrupts": list(step.disrupts),
                        "stops": list(step.stops),
                        "brings": [str(file.path or file.name) for file in step.brings],
                        "undoable": bool(step.undo),
                    }
                    for step in phase.steps
                ],
            }
            for phase in plan.phases
        ],
        "unknown": [{"component": component, "why": why} for component, why in plan.unknown],
        "warnings": list(plan.warnings),
        "packages": None
        if solution is None
        else {
            "fetch_bytes": solution.fetch,
            "changes": [
                {"package": change.package, "old": change.old, "new": change.new} for change in solution.changes
            ],
        },
    }
