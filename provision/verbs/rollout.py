"""The verb `rollout`: composition only."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from invoke.tasks import task

from checks.facts.probe import DEADLINE
from provision.answers import RESULTS, answering, finish, one_of, seconds
from provision.errors import Interrupted, NoConsent, StepFailed
from provision.flags import connecting, naming
from provision.verbs.fleet import POOL, Hosts, access, count

if TYPE_CHECKING:
    from provision.apply import Options
    from provision.fleet import Access
    from provision.fleet.consent import Agreed
    from provision.fleet.journal import Journal

_DRAINS = ("none", "kubernetes", "slurm")


@connecting
@naming
@task(
    auto_shortflags=False,
    post=[finish],
    help={
        **POOL,
        "profile": "what the hosts should be: a name or a file; default: what provisioning left there, else current",
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
        "dry_run": "print the waves and what they would do, and stop",
        "yes": "agree to the waves and plans that are shown, and to nothing else",
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
        from provision.fleet.turns import turns

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
        journal = read(Path(record) if record else _default_record(wanted, profile, only))
        print(_shown(made, journal), flush=True)
        dry = dry_run or c.config.run.dry
        if journal.finished and not dry:
            journal.restart()
        left = [host for host in wanted if journal.finished or journal.ended.get(host) != "done"]
        shown = _proposed(left, options, access(c), count(workers))
        if dry:
            RESULTS.append(0)
            return
        _agreed(shown, journal, yes=yes)
        job = Roll(options, WAYS[drain](), checks, load, rollback, access(c), journal.agreed)
        fleet = turns(job, count(workers), _say)
        with fleet.interruptible():
            why = roll_out(made, fleet, journal, terms, Say(_say))
        if fleet.interrupted:
            raise Interrupted("interrupted: the hosts in flight were finished; the same command goes on")
        if why:
            raise StepFailed(f"the rollout paused: {why}. The same command goes on from here; record: {journal.path}")
        RESULTS.append(0)


def _say(text: str) -> None:
    print(text, flush=True)


def _default_record(hosts: Sequence[str], profile: str, only: str) -> Path:
    """The same hosts and the same profile, to the letter of its file, are the same rollout."""
    state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state")
    text = Path(profile).read_bytes() if profile and Path(profile).is_file() else b""
    digest = hashlib.sha256("\n".join((profile, only, *sorted(hosts))).encode() + text).hexdigest()[:12]
    return state / "gpuwright" / f"rollout-{digest}.jsonl"


def _shown(made: Sequence[Sequence[str]], journal: Journal) -> str:
    from provision.fleet import folded
    from provision.fleet.naming import hosts_in_words

    waves = f"{len(made)} wave{'s' * (len(made) != 1)}"
    lines = [f"{hosts_in_words(sum(map(len, made)))} in {waves}; record: {journal.path}"]
    for number, wave in enumerate(made, 1):
        done = 0 if journal.finished else sum(journal.ended.get(host) == "done" for host in wave)
        lines.append(f"{number:>4}. {hosts_in_words(len(wave))}{f' ({done} done)' if done else ''}: {folded(wave)}")
    return "\n".join(lines)


def _proposed(hosts: Sequence[str], options: Options, access: Access, workers: int) -> Agreed:
    """Plan every host that is left, and print what agreeing would cover."""
    from provision.fleet import threads, visit
    from provision.fleet.consent import Propose, as_text, covered

    if not hosts:
        return {}
    with threads(min(workers, len(hosts))) as pool:
        found = {answer.host: answer for answer in visit(hosts, Propose(options, access), pool)}
    answers = [found[host] for host in hosts]
    print(as_text(answers), flush=True)
    return covered(answers)


def _agreed(shown: Agreed, journal: Journal, *, yes: bool) -> None:
    """Ask for what is shown, unless the record says that all of it was agreed to; keep the answer."""
    from provision.fleet.consent import asked_anew

    if journal.agreed and not asked_anew(shown, journal.agreed):
        _say("all of it was agreed to before")
        return
    if not yes:
        if not sys.stdin.isatty():
            raise NoConsent("there is no terminal to ask on; --yes agrees to what is shown; nothing was changed")
        print("Roll out? [y/N] ", end="", flush=True)
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            raise NoConsent("not agreed; nothing was changed")
    journal.agree(shown)
