"""Taking runs back: their steps' undo scripts, newest first, run as steps themselves: detached, logged, locked."""

from __future__ import annotations

from collections.abc import Sequence

from checks.examine import examine
from checks.facts import TOPICS, Facts, gather
from checks.facts.reading import Unknown
from checks.facts.runs import ROOT, Run
from checks.profiles.choose import choose
from checks.profiles.layer import BadProfile
from checks.profiles.profile import AS_FOUND, Profile, load
from provision.apply import REBOOT_LIMIT, root_only
from provision.compared import as_text
from provision.errors import Locked, NoConsent, Usage
from provision.following import do, who
from provision.host import Console, Host
from provision.remote.detached import Script
from provision.step import words

_NEEDED = ("host", "kernel", "runs", "modules", "driver", "units")
_AS_IT_WAS = "so that the kernel is as it was"


def scripts(runs: Sequence[Run]) -> list[Script]:
    """What takes these runs back, newest first."""
    return [
        Script(
            f"undo: {step.title}",
            f"RUN={ROOT}/{run.id} STEP={step.number}\n. {ROOT}/{run.id}/{step.number}.undo\n",
            reboot=step.reboot,
            undoes=f"{ROOT}/{run.id}/{step.number}",
        )
        for run in sorted(runs, key=lambda run: run.id, reverse=True)
        for step in reversed(run.steps)
        if step.undoable
    ]


def take_back(
    host: Host, console: Console, *, run: str, everything: bool, yes: bool, dry_run: bool, reboot: bool
) -> None:
    """Take one run back, or all of them, the doctor compared before and after; with neither, list the runs."""
    facts = Facts(gather(host, TOPICS if run or everything else {name: TOPICS[name] for name in _NEEDED}))
    root_only(host, facts)
    runs = facts.runs
    if not run and not everything:
        console.show(listing(host.name, runs))
        return
    chosen = [found for found in runs if everything or found.id == run]
    if run and not chosen:
        raise Usage(f"{host.name}: there is no run {run} here; rollback without --run lists them")
    if any(found.state == "running" for found in runs):
        raise Locked(f"{host.name}: a run is in progress; nothing was changed. Try again when it has ended")
    todo = scripts(chosen)
    if not todo:
        console.show(f"{host.name}: nothing to take back\n")
        return
    lines = [f"{number:>3}. {step.title}" for number, step in enumerate(todo, 1)]
    lines += [f"  -- reboot: {_AS_IT_WAS}"] if any(step.reboot for step in todo) and reboot else []
    console.show(f"To take back on {host.name}:\n" + "\n".join(lines) + "\n")
    if dry_run:
        return
    if not yes and not console.agree("Take this back?"):
        raise NoConsent("not agreed; nothing was changed")
    _undo(host, facts, todo, console, booted=any(step.reboot for step in todo), may_reboot=reboot)
    now = Facts(gather(host, TOPICS))
    profile = _profile(now, host.name)
    looks = [("before", examine(facts, profile)), ("now", examine(now, profile))]
    console.show(f"{host.name}: taken back\n{as_text(host.name, looks)}")


def _profile(facts: Facts, host: str) -> Profile:
    """The one that counts now; a broken one must not keep anybody from taking something back."""
    try:
        return choose("", facts, host)
    except BadProfile:
        return load(AS_FOUND)


def undo_since(host: Host, before: Facts, console: Console, *, may_reboot: bool) -> tuple[str, ...]:
    """Take back all that we did to a host since it was as `before`, newest first, in one run; the ids of those runs.

    It is rebooted only if it was meanwhile, or if a driver stays loaded that its libraries no longer fit.
    """
    now = Facts(gather(host, {name: TOPICS[name] for name in _NEEDED}))
    known, own = {run.id for run in before.runs}, who()
    runs = [run for run in now.runs if run.id not in known and run.who == own]
    if todo := scripts(runs):
        booted = now.kernel.boot != before.kernel.boot
        _undo(host, now, todo, console, booted=booted, may_reboot=may_reboot)
        now = Facts(gather(host, {name: TOPICS[name] for name in _NEEDED}))
        if failed := _failed(now) - _failed(before):
            do(host, [_again(sorted(failed))], console)
    return tuple(run.id for run in runs)


def _failed(facts: Facts) -> frozenset[str]:
    """The units that have failed; none where that cannot be told."""
    try:
        return frozenset(unit.name for unit in facts.units or ())
    except Unknown:
        return frozenset()


def _again(units: Sequence[str]) -> Script:
    """What failed while the host was not as it was may succeed now: CDI's refresh has found no driver."""
    names = words(units)
    return Script(
        f"start again what failed meanwhile: {', '.join(units)}",
        f"systemctl reset-failed {names}\nsystemctl start {names} || systemctl --failed\n",
    )


def _undo(
    host: Host, facts: Facts, todo: Sequence[Script], console: Console, *, booted: bool, may_reboot: bool
) -> None:
    do(host, todo, console)
    why = _AS_IT_WAS if booted else _other_driver(Facts(gather(host, {name: TOPICS[name] for name in _NEEDED})))
    if why and may_reboot:
        console.show(f"{host.name}: rebooting: {why}\n")
        host.reboot(facts.kernel.boot, REBOOT_LIMIT, console.waiting)
    elif why:
        console.show(f"{host.name}: reboot it, {why}\n")


def _other_driver(facts: Facts) -> str:
    """Why only a reboot completes an undo: what was loaded was in use, and stayed; empty where that is not so."""
    try:
        loaded, library = facts.modules.get("nvidia"), facts.driver.library
    except Unknown:
        return ""
    fits = loaded is None or not library or loaded.version == library
    return "" if fits else f"driver {loaded.version if loaded else ''} is in use, and its libraries are {library} again"


def listing(host: str, runs: Sequence[Run]) -> str:
    """The host's runs, newest last, with what each did."""
    if not runs:
        return f"{host}: no runs are recorded here\n"
    lines = []
    for run in runs:
        lines.append(f"{run.id}  {run.state:<8} {run.who}")
        lines += [f"    {step.number} {step.state:<8} {step.title}" for step in run.steps]
    return "\n".join(lines) + "\n"
