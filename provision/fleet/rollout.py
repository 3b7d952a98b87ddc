"""A rollout: canaries, then waves, each looked at before the next; it pauses by itself, and the same command goes on.

`roll_out` is told how to visit hosts, what time it is, and how to say something: it touches no host itself.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from provision.fleet.journal import Journal
from provision.fleet.naming import hosts_in_words
from provision.fleet.pool import Answer
from provision.fleet.roll import Rolled
from provision.fleet.waves import Window


class Fleet(Protocol):
    """The hosts, as a rollout goes through them (`turns.Turns`)."""

    @property
    def interrupted(self) -> bool:
        """Whether the operator wishes to stop."""
        ...

    def visit(self, hosts: Sequence[str], /) -> Iterable[Answer[Rolled]]:
        """Do every host's turn and yield the answers as they come; none for a host that was not begun."""
        ...

    def soaked(self, hosts: Sequence[str], /) -> Iterable[tuple[str, str]]:
        """Look at hosts again, and yield a host and its trouble for each that has one."""
        ...

    def stop(self) -> None:
        """Begin no further host of this wave."""
        ...

    def sleep(self, seconds: float, /) -> object:
        """Sleep, but no longer than until the operator wishes to stop."""
        ...


@dataclass(frozen=True)
class Terms:
    """What the rollout is held to: hosts that may fail, seconds between waves, hours, a command for when it pauses."""

    max_failures: int = 0
    soak: float = 0.0
    window: Window | None = None
    on_pause: str = ""


@dataclass
class Say:
    """Where a rollout is shown, what time it is, and how it waits (None: as the fleet does, until ^C)."""

    show: Callable[[str], object]
    now: Callable[[], datetime] = field(default=lambda: datetime.now().astimezone())
    sleep: Callable[[float], object] | None = None


def roll_out(waves: Sequence[Sequence[str]], fleet: Fleet, journal: Journal, terms: Terms, say: Say) -> str:
    """Go through the waves; empty when all hosts are done, else why it paused."""
    failed: set[str] = set()
    for number, wave in enumerate(waves, 1):
        left = [host for host in wave if journal.ended.get(host) != "done"]
        if not left and not (terms.soak and set(wave) - journal.soaked):
            continue
        _wait(terms.window, fleet, say)
        if not fleet.interrupted and left:
            journal.add("wave", wave=number, hosts=left)
            say.show(f"wave {number} of {len(waves)}: {hosts_in_words(len(left))}")
            why = _wave(left, fleet, journal, terms, say, failed)
            if why:
                return _paused(why, journal, terms, say)
        if not fleet.interrupted and (why := _soaked(wave, fleet, journal, terms, say)):
            return _paused(why, journal, terms, say)
        if fleet.interrupted:
            return "interrupted"
    bad = [host for wave in waves for host in wave if journal.ended.get(host) != "done"]
    if not bad:
        journal.add("finished")
    return f"{hosts_in_words(len(bad))} failed: {', '.join(bad)}" if bad else ""


def _wave(left: Sequence[str], fleet: Fleet, journal: Journal, terms: Terms, say: Say, failed: set[str]) -> str:
    """Every host's turn; why the rollout must not go on, empty when it may.

    `failed` are the hosts that failed since the command was given: those that failed before it have another turn. When
    too many have failed no further host is begun; those in flight are finished, and what became of them is kept.
    """
    new: dict[str, str] = {}
    for answer in fleet.visit(left):
        rolled = answer.value or Rolled("failed", answer.error)
        journal.add("host", host=answer.host, state=rolled.state, why=rolled.why, classes=list(rolled.classes))
        if rolled.state != "done":
            failed.add(answer.host)
        why = rolled.why.removeprefix(f"{answer.host}: ")
        say.show(f"  {answer.host:<16} {rolled.state:<11} {answer.seconds:5.0f} s  {why}".rstrip())
        new.update({known: answer.host for known in rolled.classes if known not in journal.known})
        if len(failed) > terms.max_failures:
            fleet.stop()
    if new:
        journal.add("accepted", classes=sorted(new))
    first = [f"{known} (first on {host})" for known, host in new.items()]
    words = [f"trouble that no host had before: {', '.join(first)}"] if first else []
    if len(failed) > terms.max_failures:
        words.insert(0, f"{hosts_in_words(len(failed))} failed; {terms.max_failures} may")
    return "; ".join(words)


def _soaked(wave: Sequence[str], fleet: Fleet, journal: Journal, terms: Terms, say: Say) -> str:
    """Wait, look at the wave's hosts again, and say what came up meanwhile."""
    well = [host for host in wave if journal.ended.get(host) == "done"]
    if not terms.soak or not well:
        return ""
    say.show(f"  soaking for {terms.soak:.0f} s")
    (say.sleep or fleet.sleep)(terms.soak)
    if fleet.interrupted:
        return ""
    ill = dict(fleet.soaked(well))
    for host, trouble in ill.items():
        journal.add("host", host=host, state="failed", why=trouble, classes=[])
        say.show(f"  {host:<16} failed      {trouble}")
    if ill:
        host, trouble = next(iter(ill.items()))
        return f"{host} was well and is not any more: {trouble}"
    journal.add("soaked", hosts=well)
    return ""


def _wait(window: Window | None, fleet: Fleet, say: Say) -> None:
    while window and not fleet.interrupted and (wait := window.wait(say.now())) > timedelta():
        say.show(f"outside the window: waiting until {window.opens:%H:%M}")
        (say.sleep or fleet.sleep)(wait.total_seconds())


def _paused(why: str, journal: Journal, terms: Terms, say: Say) -> str:
    journal.add("paused", why=why)
    say.show(f"paused: {why}")
    if terms.on_pause:
        done = subprocess.run(terms.on_pause, shell=True, check=False)  # noqa: S602 - the operator's command
        say.show(f"--on-pause ended with status {done.returncode}")
    return why
