"""A rollout: canaries, then waves, each looked at before the next; it pauses by itself, and the same command goes on.

`roll_out` is told how to visit hosts, what time it is, and how to say something: it touches nothing itself.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from provision.fleet.journal import Journal
from provision.fleet.pool import Answer
from provision.fleet.roll import Rolled
from provision.fleet.waves import Window

Visit = Callable[[Sequence[str]], Iterable[Answer[Rolled]]]
"""Does every host's turn and yields the answers as they come."""


@dataclass(frozen=True)
class Terms:
    """What the rollout is held to: hosts that may fail, seconds between waves, hours, a command for when it pauses."""

    max_failures: int = 0
    soak: float = 0.0
    window: Window | None = None
    on_pause: str = ""


@dataclass
class Say:
    """Where a rollout is shown, what time it is, and how it waits."""

    show: Callable[[str], object]
    now: Callable[[], datetime] = field(default=lambda: datetime.now().astimezone())
    sleep: Callable[[float], object] = time.sleep


def roll_out(
    waves: Sequence[Sequence[str]],
    visit: Visit,
    soak: Callable[[Sequence[str]], Iterator[tuple[str, str]]],
    journal: Journal,
    terms: Terms,
    say: Say,
) -> str:
    """Go through the waves; empty when all hosts are done, else why it paused.

    `soak` looks at hosts again after the time between waves, and yields a host and its trouble for each that has one.
    """
    for number, wave in enumerate(waves, 1):
        left = [host for host in wave if journal.ended.get(host) != "done"]
        if not left:
            continue
        _wait(terms.window, say)
        journal.add("agreed", wave=number, hosts=list(wave))
        say.show(f"wave {number} of {len(waves)}: {len(left)} hosts")
        why = _wave(left, visit, journal, terms, say) or _soaked(left, soak, journal, terms, say)
        if why:
            return _paused(why, journal, terms, say)
    failed = [host for host, state in journal.ended.items() if state != "done"]
    if not failed:
        journal.add("finished")
    return f"{len(failed)} hosts failed: {', '.join(failed)}" if failed else ""


def _wave(left: Sequence[str], visit: Visit, journal: Journal, terms: Terms, say: Say) -> str:
    """Every host's turn; why the rollout must not go on, empty when it may."""
    new: dict[str, str] = {}
    answered: set[str] = set()
    for answer in visit(left):
        answered.add(answer.host)
        rolled = answer.value or Rolled("failed", answer.error)
        journal.add("host", host=answer.host, state=rolled.state, why=rolled.why, classes=list(rolled.classes))
        say.show(f"  {answer.host:<16} {rolled.state:<7} {answer.seconds:6.0f} s  {rolled.why}".rstrip())
        new.update({known: answer.host for known in rolled.classes if known not in journal.known})
        failures = sum(state != "done" for state in journal.ended.values())
        if failures > terms.max_failures:
            return f"{failures} hosts failed; {terms.max_failures} may"
    if not answered.issuperset(left):
        return "interrupted"
    if new:
        journal.add("accepted", classes=sorted(new))
        words = ", ".join(f"{known} (first on {host})" for known, host in new.items())
        return f"trouble that no host had before: {words}"
    return ""


def _soaked(
    wave: Sequence[str],
    soak: Callable[[Sequence[str]], Iterator[tuple[str, str]]],
    journal: Journal,
    terms: Terms,
    say: Say,
) -> str:
    """Wait, look at the wave's hosts again, and say what came up meanwhile."""
    if not terms.soak:
        return ""
    well = [host for host in wave if journal.ended.get(host) == "done"]
    say.show(f"  soaking for {terms.soak:.0f} s")
    say.sleep(terms.soak)
    for host, trouble in soak(well):
        journal.add("host", host=host, state="failed", why=trouble, classes=[])
        return f"{host} was well and is not any more: {trouble}"
    return ""


def _wait(window: Window | None, say: Say) -> None:
    while window and (wait := window.wait(say.now())) > timedelta():
        say.show(f"outside the window: waiting until {window.opens:%H:%M}")
        say.sleep(wait.total_seconds())


def _paused(why: str, journal: Journal, terms: Terms, say: Say) -> str:
    journal.add("paused", why=why)
    say.show(f"paused: {why}")
    if terms.on_pause:
        done = subprocess.run(terms.on_pause, shell=True, check=False)  # noqa: S602 - the operator's command
        say.show(f"--on-pause ended with status {done.returncode}")
    return why
