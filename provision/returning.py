"""Provisioning with a way back: a host that is less well afterwards than it was returns to what it was, by itself.

Only a host whose GPUs answered before has something to go back to: a bare one that ends red is left for the next run.
Less well means that something which the doctor found well before is broken now, in two looks. It is looked at when all
is done, and also where the way there ended with a step that failed, or with a step that nobody was there to agree to.
"""

from __future__ import annotations

from collections.abc import Sequence

from checks.examine import examine
from checks.facts import TOPICS, Facts, gather
from checks.facts.reading import Unknown
from checks.facts.recording import Recording
from checks.facts.shell import ShellFailed
from checks.finding import Finding
from checks.profiles.profile import Profile
from provision import saved
from provision.apply import Options, Outcome, begin, carry_out
from provision.compared import as_text, compared, worked
from provision.errors import GpuwrightError, NobodyToAsk, NoSpace, StepFailed
from provision.host import Console, Host
from provision.saved import Saved
from provision.step import REBOOT
from provision.undo import undo_since

_PROMISE = "  A host that is less well afterwards than now returns to what it is now (--on-failure keep leaves it)\n"


def provision(host: Host, options: Options, console: Console, plan: Saved | None = None) -> Outcome:
    """Converge; `StepFailed` says what was wrong, and what was taken back, where the host went back.

    With a saved plan only what it says is done; `Drifted` where that is not what would be done now.
    """
    outcome = begin(host, options, console)
    shown = saved.held(plan, outcome.planned) if plan and outcome.planned.plan else frozenset()
    agreed = shown if options.yes else frozenset()
    if options.dry_run or not outcome.planned.plan:
        return outcome
    before = _examined(outcome.planned.recording, outcome.planned.profile)
    goes_back = options.goes_back and worked(before)
    if goes_back:
        console.show(_PROMISE)
    try:
        carry_out(host, outcome, options, console, agreed)
    except (StepFailed, NoSpace, NobodyToAsk) as error:
        if goes_back and outcome.changed:
            _judge(host, outcome, before, options, console, error)
        raise
    if goes_back and not outcome.stopped_before_reboot:
        _judge(host, outcome, before, options, console, None)
    return outcome


def _judge(
    host: Host,
    outcome: Outcome,
    before: Sequence[Finding],
    options: Options,
    console: Console,
    error: GpuwrightError | None,
) -> None:
    """Take everything back, and raise what was wrong, where the host is less well than it was."""
    profile = outcome.planned.profile
    try:
        after = _examined(gather(host, TOPICS, options.deadline) if error else outcome.recording, profile)
        if not compared(before, after).broken:
            return
        after = _examined(gather(host, TOPICS, options.deadline), profile)
    except (GpuwrightError, ShellFailed, Unknown):
        return  # who cannot be looked at is not judged; the error says what is known
    broken = compared(before, after).broken
    if not broken:
        return
    failed = str(error or "").partition("; the steps before it stand")[0].removesuffix("; what was done before stands")
    wrong = (
        f"{failed}\n" * bool(failed) + f"{host.name} is less well than it was: {broken[0].check}: {broken[0].summary}"
    )
    console.show(as_text(host.name, [("before", before), ("now", after)]))
    console.show(f"{host.name}: going back to what it was\n")
    may_reboot = options.reboot and REBOOT in outcome.agreed
    try:
        runs = undo_since(host, outcome.planned.facts, console, may_reboot=may_reboot)
        now = _examined(gather(host, TOPICS, options.deadline), profile)
    except (GpuwrightError, ShellFailed, Unknown) as why:
        raise StepFailed(
            f"{wrong}\nGoing back to what it was failed: {why}\nrollback without --run lists what was done"
        ) from None
    looks = as_text(host.name, [("before", before), ("after the change", after), ("now", now)])
    left = compared(before, now).broken
    well = "It is as well as before" if not left else f"It is not as well as before: {left[0].check}: {left[0].summary}"
    raise StepFailed(f"{wrong}\nIt went back to what it was (taken back: {', '.join(runs)}). {well}\n{looks}".rstrip())


def _examined(recording: Recording, profile: Profile) -> tuple[Finding, ...]:
    return examine(Facts(recording), profile)
