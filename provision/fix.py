"""The doctor's --fix: remedies that are safe and can be taken back, one cause at a time, looking again after each.

Safe is a remedy that is one command of a check (finding.by_command), or a component whose plan needs no reboot, removes
no package and stops nothing. It is shown, agreed to, done and recorded as provisioning does it: `rollback` takes it
back. Whatever else is wrong is left to a person, with the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from checks.doctor import Asked, probe
from checks.examine import CHECKS, examine
from checks.facts import Facts
from checks.facts.reading import Unknown
from checks.facts.recording import Recording
from checks.facts.solver import Solution
from checks.finding import Finding, Remedy
from checks.profiles.choose import choose
from checks.profiles.profile import Profile
from checks.report import loudest_first
from provision import lists, planning
from provision.apply import Options, Planned, consent, look, root_only
from provision.errors import StepFailed, Unsupported
from provision.following import do
from provision.host import Console, Host
from provision.step import Phase, Plan, Step

ROUNDS = 12
"""Causes mended in one run: after so many, what is left is not mended by mending."""


@dataclass(frozen=True)
class Fix:
    """One safe remedy: what it is remembered by, and its steps. `solution`: what the package solver said of them."""

    key: str
    steps: tuple[Step, ...]
    solution: Solution | None = None


@dataclass(frozen=True)
class Seen:
    """One look at the host: what can be mended, the cause first, and what is left to a person, with the reason."""

    recording: Recording
    profile: Profile
    fixes: tuple[Fix, ...]
    left: tuple[str, ...]

    def planned(self, fixes: Sequence[Fix]) -> Planned:
        """The fixes as a plan, for showing and for consent."""
        steps = tuple(dict.fromkeys(step for fix in fixes for step in fix.steps))
        solutions = [fix.solution for fix in fixes if fix.solution]
        changes = tuple(dict.fromkeys(change for solution in solutions for change in solution.changes))
        fetch, newer = sum(each.fetch for each in solutions), any(each.newer for each in solutions)
        solution = Solution(changes, fetch, newer=newer) if solutions else None
        return Planned(self.recording, self.profile, Plan((Phase(steps),) if steps else ()), solution)


def mend(host: Host, asked: Asked, options: Options, console: Console) -> Recording:
    """Show, ask, mend the first cause, look again, until nothing safe is left; the last look."""
    seen = _look(host, asked, options, frozenset())
    console.show(_text(host, seen))
    if options.dry_run or not seen.fixes:
        return seen.recording
    root_only(host, Facts(seen.recording))
    done: frozenset[str] = frozenset()
    agreed: frozenset[str] = frozenset()
    for _ in range(ROUNDS):
        everything = seen.planned(seen.fixes)
        if done and not everything.shown <= agreed:
            console.show(_text(host, seen))
        consent(everything, agreed, options, console)
        agreed |= everything.shown
        first = seen.fixes[0]
        steps = lists.scripts(first.steps, first.solution)
        brings = [file for step in first.steps for file in step.brings]
        do(host, steps, console, files=[("plan", seen.planned([first]).text(host.name))], brings=brings)
        done |= {first.key}
        seen = _look(host, asked, options, done)
        if not seen.fixes:
            console.show(_left(host, seen))
            return seen.recording
    left = ", ".join(step.title for fix in seen.fixes for step in fix.steps)
    raise StepFailed(f"{host.name}: still to mend after {ROUNDS} rounds: {left}; what was done stands")


def _look(host: Host, asked: Asked, options: Options, done: frozenset[str]) -> Seen:
    recording = probe(host, asked)
    facts = Facts(recording)
    profile = choose(asked.profile, facts, host.name)
    fixes: dict[str, Fix] = {}
    left: list[str] = []
    for finding in loudest_first(examine(facts, profile, asked.selection.checks or CHECKS, asked.selection.left_out)):
        remedy = finding.remedy
        if remedy is None:
            continue
        found = _fix(host, facts, profile, options, finding, remedy)
        if isinstance(found, str):
            left.append(f"{finding.check}: {remedy.text}{f' ({found})' if found else ''}")
        elif found.key in done:
            left.append(f"{finding.check}: {remedy.text} (it was done, and did not help)")
        else:
            fixes.setdefault(found.key, found)
    return Seen(recording, profile, tuple(fixes.values()), tuple(dict.fromkeys(left)))


def _fix(host: Host, facts: Facts, profile: Profile, options: Options, finding: Finding, remedy: Remedy) -> Fix | str:
    """The remedy as steps, or the reason why a person has to do it."""
    if remedy.script:
        why = f"{finding.check}: {finding.summary}"
        step = Step(remedy.script.strip().partition("\n")[0], why, remedy.script, remedy.undo, component="doctor")
        return Fix(remedy.script, (step,))
    if not remedy.component:
        return ""
    try:
        planning.refuse(facts, profile)
    except (Unsupported, Unknown) as why:
        return str(why)
    plan = planning.plan(facts, profile, (remedy.component,))
    unsafe, solution = _unsafe(plan), None
    if not unsafe and any(step.installs for step in plan.steps):
        try:
            solution = look(host, replace(options, only=(remedy.component,))).solution
        except StepFailed as why:
            return str(why)
        unsafe = f"removes {', '.join(solution.removals)}" if solution and solution.removals else ""
    return unsafe or Fix(remedy.component, plan.steps, solution)


def _unsafe(plan: Plan) -> str:
    """Why a plan is not one to be carried out in passing; empty when it is."""
    for step in plan.steps:
        if step.reboot:
            return f"needs a reboot: {step.reboot}"
        if step.disrupts:
            return f"stops {', '.join(step.stops or step.disrupts)}"
    return ""


def _text(host: Host, seen: Seen) -> str:
    shown = seen.planned(seen.fixes).text(host.name) if seen.fixes else f"{host.name}: nothing that --fix may mend\n"
    return shown + _left(host, seen)


def _left(host: Host, seen: Seen) -> str:
    return "".join([f"Left to you on {host.name}:\n"] * bool(seen.left) + [f"  {line}\n" for line in seen.left])
