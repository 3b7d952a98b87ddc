"""Taking runs back: their steps' undo scripts, newest first, run as steps themselves: detached, logged, locked."""

from __future__ import annotations

from collections.abc import Sequence

from checks.facts import TOPICS, Facts, gather
from checks.facts.runs import ROOT, Run
from provision.apply import REBOOT_LIMIT, root_only
from provision.errors import Locked, NoConsent, Usage
from provision.following import do
from provision.host import Console, Host
from provision.remote.detached import Script


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
    """Take one run back, or all of them; with neither, list the runs."""
    facts = Facts(gather(host, {name: TOPICS[name] for name in ("host", "kernel", "runs")}))
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
    needs_reboot = any(step.reboot for step in todo)
    lines = [f"{number:>3}. {step.title}" for number, step in enumerate(todo, 1)]
    lines += ["  -- reboot: so that the kernel is as it was"] if needs_reboot and reboot else []
    console.show(f"To take back on {host.name}:\n" + "\n".join(lines) + "\n")
    if dry_run:
        return
    if not yes and not console.agree("Take this back?"):
        raise NoConsent("not agreed; nothing was changed")
    do(host, todo, console)
    if needs_reboot and reboot:
        console.show(f"{host.name}: rebooting\n")
        host.reboot(facts.kernel.boot, REBOOT_LIMIT, console.waiting)
    console.show(f"{host.name}: taken back\n")


def listing(host: str, runs: Sequence[Run]) -> str:
    """The host's runs, newest last, with what each did."""
    if not runs:
        return f"{host}: no runs are recorded here\n"
    lines = []
    for run in runs:
        lines.append(f"{run.id}  {run.state:<8} {run.who}")
        lines += [f"    {step.number} {step.state:<8} {step.title}" for step in run.steps]
    return "\n".join(lines) + "\n"
