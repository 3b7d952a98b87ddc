"""Applying a plan: shown, agreed to, done in detached phases with reboots between, and probed again until it is empty.

A run is finished when planning again yields nothing. There is no record to resume from: an interrupted run is run
again, and picks up where the host is.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from checks.facts import CONTAINER, TOPICS, Facts, gather, join
from checks.facts import solver as solver_topic
from checks.facts.probe import DEADLINE
from checks.facts.reading import Unknown
from checks.facts.recording import Recording
from checks.facts.root import reason
from checks.facts.solver import Solution
from checks.profiles import profile as profiles
from checks.profiles.choose import choose
from checks.profiles.profile import AS_FOUND, DEFAULT, Profile
from provision import disruption, following, lists, planning, show, space
from provision.advice import advice
from provision.components import driver, holds, old_sources, package_sources, repositories
from provision.consequences import Consequences, as_table, as_text, consequences
from provision.errors import BadInput, Interrupted, NoConsent, NoSpace, NotPermitted, StepFailed, Unsupported
from provision.host import Console, Host
from provision.remote import detached
from provision.remote.detached import LOCK_WAIT, NO_SPACE, PROXY, Script
from provision.remote.reboot import other_kernel
from provision.step import HOST, Phase, Plan, stop

MAX_ROUNDS = 6
"""Phases after which a plan that is still not empty counts as one that never will be."""

REBOOT_LIMIT = 600.0
"""Seconds within which a host must be back from its reboot: servers with many GPUs take minutes."""

SOLVER_DEADLINE = 180.0
"""Seconds for the package solver, which may have to fetch package lists first."""


@dataclass(frozen=True)
class Options:
    """What the command line asks for. `goes_back`: a host that is less well afterwards returns to what it was."""

    yes: bool = False
    dry_run: bool = False
    reboot: bool = True
    force: bool = False
    only: tuple[str, ...] = ()
    profile: str = ""
    deadline: float = DEADLINE
    lock_wait: float = LOCK_WAIT
    goes_back: bool = False
    yes_remove_containers: bool = False


@dataclass(frozen=True)
class Planned:
    """A plan with the facts it was made from, and the solver's answer if it was asked."""

    recording: Recording
    profile: Profile
    plan: Plan
    solution: Solution | None = None

    @property
    def facts(self) -> Facts:
        """The facts of this moment."""
        return Facts(self.recording)

    @property
    def shown(self) -> frozenset[str]:
        """What consent to this covers: steps, a reboot, each package that goes, and what packages stop."""
        removed = {f"remove {package}" for package in (self.solution.removals if self.solution else ())}
        return self.plan.shown | removed | set(map(stop, self.consequences.stops))

    @property
    def consequences(self) -> Consequences:
        """What it costs beyond its steps."""
        return consequences(self.plan, self.solution, self.facts)

    def text(self, host: str) -> str:
        """The plan as it is shown."""
        plan = show.as_text(self.plan, host, self.profile.name, self.solution)
        return plan + as_text(self.consequences) if self.plan else plan

    def json(self, host: str) -> str:
        """The plan as one JSON document on one line."""
        table = show.as_table(self.plan, host, self.profile.name, self.solution)
        return json.dumps({**table, "consequences": as_table(self.consequences)}, ensure_ascii=False)


@dataclass
class Outcome:
    """What became of one host: what was planned first, whether anything changed, and the last recording.

    `agreed` is what was shown and agreed to on the way.
    """

    planned: Planned
    changed: bool = False
    stopped_before_reboot: bool = False
    recording: Recording = field(default_factory=Recording)
    agreed: frozenset[str] = frozenset()


def look(host: Host, options: Options) -> Planned:
    """Probe and plan; a second exec asks the package solver when something is to be installed."""
    recording = gather(host, TOPICS, options.deadline)
    facts = Facts(recording)
    profile = choose(options.profile, facts, host.name, DEFAULT)
    try:
        if not options.profile:
            _ = facts.applied  # the doctor may fall back to the default profile; what changes a host must know
        planning.refuse(facts, profile, force=options.force)
    except Unknown as why:
        raise Unsupported(f"{host.name}: what this host is could not be read ({why}); nothing was changed") from None
    except Unsupported as why:
        raise Unsupported(f"{host.name}: {why}") from None
    plan = planning.plan(facts, profile, options.only)
    _at_hand(plan)
    names = tuple(dict.fromkeys(name for step in plan.steps for name in step.installs))
    if not names:
        return Planned(recording, profile, plan)
    makers = (old_sources, package_sources, repositories, driver, holds)
    prepare = PROXY + "".join(maker.planned(facts, profile) for maker in makers)
    asked = gather(host, {"solver": solver_topic.command(names, facts.os.family, prepare)}, SOLVER_DEADLINE)
    recording = join(recording, asked)
    try:
        solution = Facts(recording).solver
    except Unknown as why:
        manager = "apt" if facts.os.family == "apt" else "the package manager"
        if asked.reading("solver").status == NO_SPACE or "No space left" in str(why):
            raise NoSpace(
                f"{host.name}: there is no room below /var/tmp in which {manager} could plan (it needs about 200 MiB "
                "for package lists); nothing was changed"
            ) from None
        raise StepFailed(
            f"{host.name}: {manager} cannot install {' '.join(names)}: {why}; nothing was changed. "
            + (advice(str(why)) or "Is the archive reachable from the host, and does it still hold these packages?")
        ) from None
    if short := space.lacking(facts, solution):
        raise NoSpace(f"{host.name}: there is not enough room: {short} Nothing was changed")
    return Planned(recording, profile, plan, solution)


def _at_hand(plan: Plan) -> None:
    """`BadInput` where a file that the plan brings is not there to be brought."""
    for path in (file.path for step in plan.steps for file in step.brings if file.path):
        if not path.is_file():
            raise BadInput(f"{path}: the plan brings this file to the host, and it is not here; nothing was changed")


def converge(host: Host, options: Options, console: Console, agreed: frozenset[str] = frozenset()) -> Outcome:
    """Plan, show, ask, apply, probe again, until there is nothing left to do.

    `agreed` is what was shown and agreed to before (`Planned.shown`); what goes beyond it is asked for.
    """
    outcome = begin(host, options, console)
    if not options.dry_run and outcome.planned.plan:
        carry_out(host, outcome, options, console, agreed)
    return outcome


def begin(host: Host, options: Options, console: Console) -> Outcome:
    """Plan and show, after a run that is in progress there has ended; nothing is changed yet."""
    planned = look(host, options)
    if not options.dry_run:
        root_only(host, planned.facts)
    while not options.dry_run and (run := next((run for run in planned.facts.runs if run.state == "running"), None)):
        console.show(f"{host.name}: a run of {run.who} is in progress; following it\n")
        own = run.who == following.who()
        following.follow(host, run.id, detached.follow(run.id), console, own=own)
        planned = look(host, options)
    console.show(planned.text(host.name))
    return Outcome(planned, recording=planned.recording)


def carry_out(
    host: Host, outcome: Outcome, options: Options, console: Console, agreed: frozenset[str] = frozenset()
) -> None:
    """Ask, apply, probe again, until there is nothing left to do; the outcome says how far it came, errors or not."""
    planned = outcome.planned
    console.show(busy(planned.facts, options.lock_wait))
    consent(planned, agreed, options, console)
    agreed |= planned.shown
    for _ in range(MAX_ROUNDS):
        outcome.agreed = agreed
        phase = planned.plan.phases[0]
        agreed |= _still_so(host, phase.disrupts, planned.facts, agreed, options, console)
        outcome.changed = True
        _apply(host, phase, planned, options, console)
        if phase.reboot and not options.reboot:
            outcome.stopped_before_reboot = True
            outcome.recording = gather(host, TOPICS, options.deadline)
            return
        if phase.reboot:
            agreed |= _still_so(host, (HOST,), planned.facts, agreed, options, console)
            console.show(f"{host.name}: rebooting: {phase.reboot}\n")
            _reboot(host, planned.facts, console)
            kernel = planned.facts.kernel
            planned = look(host, options)
            console.show(other_kernel(host.name, kernel.running, kernel.next, planned.facts.kernel.running))
        else:
            planned = look(host, options)
        if not planned.plan:
            outcome.recording = join(planned.recording, gather(host, CONTAINER, 120))
            return
        consent(planned, agreed, options, console)
        agreed |= planned.shown
    left = ", ".join(step.title for step in planned.plan.steps)
    raise StepFailed(f"{host.name}: still to do after {MAX_ROUNDS} rounds: {left}; what was done stands")


def busy(facts: Facts, lock_wait: float) -> str:
    """A word about somebody else's package manager, which the steps will wait for; empty when there is none."""
    try:
        holders = facts.package_lock
    except Unknown:
        return ""
    return "".join(
        f"  !  {holder.command} (pid {holder.pid}, for {holder.age} s) holds {holder.file}: "
        f"the steps wait for it, up to {lock_wait / 60:.0f} min\n"
        for holder in holders[:1]
    )


def _reboot(host: Host, facts: Facts, console: Console) -> None:
    try:
        host.reboot(facts.kernel.boot, REBOOT_LIMIT, console.waiting)
    except KeyboardInterrupt:
        raise Interrupted(f"{host.name}: it is rebooting, and no longer waited for. {following.AGAIN}") from None


def consent(planned: Planned, agreed: frozenset[str], options: Options, console: Console) -> None:
    """Ask for what is shown and was not agreed to before; `NoConsent` says what stands."""
    removed = [name for step in planned.plan.steps for name in step.removes]
    if removed and not options.yes_remove_containers:
        raise NoConsent(
            f"this would remove the containers {', '.join(removed)}: --yes-remove-containers agrees to that, and "
            f"nothing else does; {'what was done before stands' if agreed else 'nothing was changed'}"
        )
    new = planned.shown - agreed
    if not options.reboot:
        new -= planned.plan.by_reboot - {stop(work) for step in planned.plan.steps for work in step.stops}
    ask(new, agreed, options, console)


def ask(new: frozenset[str], agreed: frozenset[str], options: Options, console: Console) -> None:
    """Ask for what is new; `--yes` covers only what is shown first."""
    if not new:
        return
    if agreed:
        console.show("Not shown before: " + ", ".join(sorted(new)) + "\n")
    if options.yes and not agreed:
        return
    stands = "what was done before stands" if agreed else "nothing was changed"
    try:
        yes = console.agree("Apply this?")
    except NoConsent as why:
        raise type(why)(f"{why}; {stands}") from None
    if not yes:
        raise NoConsent(f"not agreed; {stands}")


def _still_so(
    host: Host, kinds: tuple[str, ...], before: Facts, agreed: frozenset[str], options: Options, console: Console
) -> frozenset[str]:
    """Look at the host's work once more, just before it is stopped: what was not shown is asked for."""
    if not kinds:
        return frozenset()
    again = gather(host, {topic: TOPICS[topic] for topic in disruption.TOPICS}, options.deadline)
    try:
        now = frozenset(map(stop, disruption.stopped(kinds, Facts(join(before.recording, again)))))
    except Unknown as why:
        raise NoConsent(
            f"{host.name}: what would be stopped now could not be read ({why}); what was done before stands"
        ) from None
    ask(now - agreed, agreed, options, console)
    return now


def root_only(host: Host, facts: Facts) -> None:
    """`NotPermitted` where the probe did not run as root: neither would a step."""
    if facts.host.uid != 0:
        raise NotPermitted(f"{host.name}: this needs root, and {reason(facts.host.sudo)}; nothing was changed")


def _apply(host: Host, phase: Phase, planned: Planned, options: Options, console: Console) -> None:
    steps = lists.scripts(phase.steps, planned.solution)
    if planned.profile.name != AS_FOUND:  # which says nothing of what the host should be
        steps.append(_note_profile(planned.profile))
    following.do(
        host,
        steps,
        console,
        files=[("plan", planned.text(host.name))],
        lock_wait=options.lock_wait,
        needs=space.needs(planned.solution),
        brings=[file for step in phase.steps for file in step.brings],
    )


def _note_profile(profile: Profile) -> Script:
    folder = "/etc/gpuwright"
    script = f"put_file {folder}/profile.toml 644 <<'END_OF_PROFILE'\n{profiles.render(profile)}END_OF_PROFILE\n"
    undo = f"undo_file {folder}/profile.toml\nrmdir {folder} 2>/dev/null || true\n"
    return Script("note the profile on the host", script, undo)
