"""The verb `rollout`: composition only."""

from __future__ import annotations

import hashlib
import os
import signal
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from invoke.tasks import task

from checks.facts.probe import DEADLINE
from provision.answers import RESULTS, answering, finish, one_of, seconds
from provision.errors import Interrupted, NoConsent, StepFailed
from provision.flags import connecting, naming
from provision.verbs.fleet import POOL, Hosts, access, count

if TYPE_CHECKING:
    from provision.fleet import Answer
    from provision.fleet.journal import Journal
    from provision.fleet.roll import Roll, Rolled

_DRAINS = ("none", "kubernetes", "slurm")


@connecting
@naming
@task(
    auto_shortflags=False,
    post=[finish],
    help={
        **POOL,
        "profile": "what the hosts should be: a name or a file; default: what provisioning left there, else debian",
        "only": "only these components, and what they rest on: a comma list",
        "canary": "how many hosts go first",
        "wave": "how many hosts a wave has: a number, or a share such as 10%",
        "max_failures": "how many hosts may fail: a number, or a share such as 3%",
        "soak": "how long a wave is left to itself before it is looked at again, such as 10m",
        "gate": "the checks that count: a comma list; default: all",
        "drain": "how nodes are taken out of service: none, kubernetes or slurm",
        "window": "the hours in which waves may begin, such as 22:00-06:00",
        "reboot": "if-needed or never",
        "load": "a command that must succeed before a host goes back into service; {host} is its name",
        "on_pause": "a command that is run when the rollout pauses",
        "rollback": "take back what was done to a host that is not well afterwards",
        "record": "the file of the rollout's record; default: one in the state directory, by hosts and profile",
        "dry_run": "print the waves and stop",
        "yes": "agree to the waves that are shown",
    },
)
def rollout(
    c: Any,
    hosts: Hosts,
    workers: str = "64",
    deadline: str = f"{DEADLINE}s",
    profile: str = "",
    only: str = "",
    canary: str = "1",
    wave: str = "10%",
    max_failures: str = "0",
    soak: str = "",
    gate: str = "",
    drain: str = "none",
    window: str = "",
    reboot: str = "if-needed",
    load: str = "",
    on_pause: str = "",
    rollback: bool = False,
    record: str = "",
    dry_run: bool = False,
    yes: bool = False,
) -> None:
    """Provision many hosts, a few first and then in waves; it pauses by itself, and the same command goes on."""
    with answering("rollout"):
        from checks.select import select
        from provision import planning
        from provision.apply import Options
        from provision.fleet import waves as parts
        from provision.fleet.drain import WAYS
        from provision.fleet.journal import read
        from provision.fleet.roll import Roll
        from provision.fleet.rollout import Say, Terms, roll_out

        one_of("--reboot", reboot, ("if-needed", "never"))
        one_of("--drain", drain, _DRAINS)
        select(gate)
        wanted = hosts()
        size = max(1, parts.share("--wave", wave, len(wanted)))
        terms = Terms(
            parts.share("--max-failures", max_failures, len(wanted)),
            seconds("--soak", soak) if soak else 0.0,
            parts.window(window),
            on_pause,
        )
        made = tuple(parts.waves(wanted, min(len(wanted), parts.share("--canary", canary, len(wanted))), size))
        names = planning.known(tuple(word.strip() for word in only.split(",") if word.strip()))
        options = Options(
            profile=profile, only=names, deadline=seconds("--deadline", deadline), reboot=reboot == "if-needed"
        )
        checks = tuple(word.strip() for word in gate.split(",") if word.strip())
        job = Roll(options, WAYS[drain](), checks, load, rollback, access(c))
        journal = read(Path(record) if record else _default_record(wanted, profile, only))
        print(_shown(made, journal))
        if dry_run or c.config.run.dry:
            RESULTS.append(0)
            return
        _agreed(yes=yes)
        if journal.finished:
            journal.restart()
        fleet = _Fleet(job, count(workers))
        with fleet.interruptible():
            why = roll_out(made, fleet.visit, fleet.soak, journal, terms, Say(_say))
        if fleet.stopped:
            raise Interrupted("interrupted: the hosts in flight were finished; the same command goes on")
        if why:
            raise StepFailed(f"the rollout paused: {why}. The same command goes on from here; record: {journal.path}")
        RESULTS.append(0)


def _say(text: str) -> None:
    print(text, flush=True)


def _default_record(hosts: Sequence[str], profile: str, only: str) -> Path:
    """The same hosts and profile are the same rollout."""
    state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state")
    digest = hashlib.sha256("\n".join((profile, only, *sorted(hosts))).encode()).hexdigest()[:12]
    return state / "gpuwright" / f"rollout-{digest}.jsonl"


def _shown(made: Sequence[Sequence[str]], journal: Journal) -> str:
    from provision.fleet import folded

    lines = [f"{sum(map(len, made))} hosts in {len(made)} waves; record: {journal.path}"]
    for number, wave in enumerate(made, 1):
        done = 0 if journal.finished else sum(journal.ended.get(host) == "done" for host in wave)
        lines.append(f"{number:>4}. {len(wave)} hosts{f' ({done} done)' if done else ''}: {folded(wave)}")
    return "\n".join(lines)


def _agreed(*, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise NoConsent("there is no terminal to ask on; --yes agrees to the waves that are shown; nothing was changed")
    print("Roll out? [y/N] ", end="", flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise NoConsent("not agreed; nothing was changed")


class _Fleet:
    """The hosts' turns in a pool of threads. ^C once: no further host is begun; twice: their steps go on without us."""

    def __init__(self, job: Roll, workers: int) -> None:
        self._job = job
        self._workers = workers
        self.stopped = False

    def visit(self, hosts: Sequence[str]) -> Iterable[Answer[Rolled]]:
        """Yield each host's answer as it comes."""
        from provision.fleet import threads, visit

        with threads(min(self._workers, len(hosts))) as pool:
            for answer in visit(hosts, self._unless_stopped, pool):
                if answer.status != Interrupted.status:
                    yield answer

    def _unless_stopped(self, host: str) -> Rolled:
        if self.stopped:
            raise Interrupted(f"{host}: not begun: interrupted")
        return self._job(host)

    def soak(self, hosts: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Yield the hosts that are not well any more, each with what is wrong."""
        from checks.doctor import Asked
        from checks.finding import BROKEN
        from checks.report import loudest_first
        from provision.fleet import Doctor, threads, visit

        asked = Asked(self._job.options.profile, deadline=self._job.options.deadline)
        with threads(min(self._workers, max(1, len(hosts)))) as pool:
            for answer in visit(hosts, Doctor(asked, self._job.access), pool):
                if answer.value is None:
                    yield answer.host, answer.error
                    continue
                bad = [f for f in loudest_first(answer.value.findings) if f.verdict in BROKEN]
                counted = [f for f in bad if not self._job.gate or f.check in self._job.gate]
                if counted:
                    yield answer.host, f"{counted[0].check}: {counted[0].summary}"

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Take the first ^C as a wish to stop, and the second as one to leave."""

        def stop(number: int, frame: object) -> None:
            del number, frame
            if self.stopped:
                print(
                    "\nleft: steps that are under way go on on their hosts; the same command follows them", flush=True
                )
                os._exit(Interrupted.status)
            self.stopped = True
            print("\nno further host is begun; those in flight are finished. ^C again to leave them", flush=True)

        before = signal.signal(signal.SIGINT, stop)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)
