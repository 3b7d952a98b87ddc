"""A run on a host, from its start to its end: started, followed line by line, and what each ending means, in words.

The steps are done by the host itself (remote/runner.sh); whoever follows them may be lost at any moment.
"""

from __future__ import annotations

import getpass
import secrets
import socket
from collections.abc import Sequence
from datetime import datetime, timezone

from checks.facts.runs import ROOT
from provision.advice import advice
from provision.bringing import Load, pack
from provision.errors import Interrupted, Locked, NoSpace, NotPermitted, StepFailed, Unreachable
from provision.host import Console, Host
from provision.remote import detached
from provision.remote.detached import LOCK_WAIT, Script
from provision.step import Brought

SILENCE = 600.0
"""Seconds without a line after which following is given up: a busy host may be late with its sign of life (5 s)."""

_ANEW = "The same command sends it anew"

AGAIN = "Run the same command again: it goes on from there"


def who() -> str:
    """Who we are, as the host keeps it: the operator and the machine they sit at."""
    return f"{getpass.getuser()}@{socket.gethostname()}"


def new_run() -> str:
    """An id that sorts by time."""
    return datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%S") + "-" + secrets.token_hex(2)


def do(
    host: Host,
    steps: Sequence[Script],
    console: Console,
    files: Sequence[tuple[str, str]] = (),
    *,
    lock_wait: float = LOCK_WAIT,
    needs: str = "",
    brings: Sequence[Brought] = (),
) -> str:
    """Run scripts on the host, detached, and follow them; the run's id. `needs` says what room they take, if known."""
    run = new_run()
    load = Load(pack(brings), console.bringing)
    script = detached.start(run, who(), steps, files, lock_wait, load.parcels)
    if not follow(host, run, script, console, needs=needs, load=load if load.parcels else None):
        raise Interrupted(f"{host.name}: the run was stopped on the host before its last step. {AGAIN}")
    return run


def follow(
    host: Host,
    run: str,
    script: str,
    console: Console,
    *,
    own: bool = True,
    needs: str = "",
    load: Load | None = None,
) -> bool:
    """Follow a run to its end, and raise what it ended with; whether all of its steps were begun.

    ^C stops a run only if it is our own.
    """
    events = Events(console)
    try:
        status = _stream(host, run, script, events, own=own, load=load)
    except Unreachable as why:
        if load and not load.whole:
            raise Unreachable(f"{why}, while {load.name} was sent; nothing was changed. {_ANEW}") from None
        begun = "the steps go on there" if events.seen else "the steps go on there if they were begun"
        raise Unreachable(f"{why}; {begun}, in {detached.unit(run)}. {AGAIN}") from None
    _refused(host.name, events, status)
    _not_brought(host.name, events, load)
    if "lost" in events.told:
        raise StepFailed(
            f"{host.name}: the run was killed in the middle of: {events.title or 'its start'}. What that step was "
            f"doing is half done. See journalctl -k and journalctl -u {detached.unit(run)} on the host (memory? a "
            f"person?). {AGAIN}, and repairs what is half done first"
        )
    if load and not load.whole:
        raise Unreachable(
            f"{host.name}: the connection was lost while {load.name} was sent; nothing was changed. {_ANEW}"
        )
    if status == -1 or "end" not in events.told:
        raise Unreachable(
            f"{host.name}: the connection was lost, or the host went down; the steps go on there in "
            f"{detached.unit(run)}. Run the same command again: it waits for them and goes on from there"
        )
    _failed(host.name, run, events, needs)
    if events.interrupted:
        left = "no more were begun" if "stopped" in events.told else "all of this phase are done"
        raise Interrupted(f"{host.name}: stopped after the step in flight; {left}, and what was done stands. {AGAIN}")
    return "stopped" not in events.told


def _stream(host: Host, run: str, script: str, events: Events, *, own: bool, load: Load | None) -> int:
    """Follow; the first ^C lets the step in flight end and no other begin, the second leaves all to the host."""
    try:
        return host.stream(script, events.take, SILENCE, load) if load else host.stream(script, events.take, SILENCE)
    except KeyboardInterrupt:
        if load and not load.whole:
            raise Interrupted(
                f"{host.name}: stopped while {load.name} was sent; nothing was changed. {_ANEW}"
            ) from None
        if not own:
            raise Interrupted(f"{host.name}: no longer followed; that run goes on there") from None
    try:
        events.interrupted = True
        flight = f"finishes the step in flight ({events.title or 'none yet'}) and begins no other"
        events.console.show(f"^C: {host.name} {flight}. ^C again leaves it alone\n")
        host.run(detached.stop(run), 30)
        return host.stream(detached.follow(run, events.seen), events.take, SILENCE)
    except KeyboardInterrupt:
        raise Interrupted(
            f"{host.name}: the step in flight goes on there, and no other is begun. To follow it, run the same command "
            f"again, or on the host: journalctl -fu {detached.unit(run)} (all lines: tail -f {ROOT}/{run}/log)"
        ) from None


def _refused(host: str, events: Events, status: int) -> None:
    """What the start of a run says when it leaves everything as it was."""
    if locked := events.told.get("locked"):
        raise Locked(f"{host}: another run is in progress: {locked}; nothing was changed. Try again later")
    if shutdown := events.told.get("shutdown"):
        raise Locked(f"{host}: {_scheduled(shutdown)}; nothing was changed. shutdown -c on the host cancels it")
    if "unwritable" in events.told:
        raise StepFailed(
            f"{host}: its records cannot be written below {ROOT}: {events.told['unwritable']}; nothing was changed. "
            "Is that file system mounted read-only?"
        )
    if (full := events.told.get("full")) and not events.title:
        mount, free, line = _full(full)
        raise NoSpace(
            f"{host}: no space left on {mount} ({free}): {line}. A run keeps its records there and needs at least "
            "2 MiB; nothing was changed. Free some, and run the same command again"
        )
    if status == detached.NOT_ROOT:
        raise NotPermitted(f"{host}: this needs root, and sudo does not give it; nothing was changed")


def _not_brought(host: str, events: Events, load: Load | None) -> None:
    """What became of files that could not be brought: nothing was begun."""
    if room := events.told.get("no-room"):
        mount, free, rest = _full(room)
        need, _, words = rest.partition(" ")
        name, _, said = words.partition(": ")
        raise NoSpace(
            f"{host}: no room on {mount} ({free}) for {name} ({int(need) / 1024:.1f} MiB): {said}; nothing was "
            "changed. Free some, and run the same command again"
        )
    if "differs" in events.told:
        name = events.told["differs"]
        raise StepFailed(
            f"{host}: {name} arrived as something else than was announced: is that file being written just now? "
            "Nothing was changed"
        )
    if "cut" in events.told and load and load.whole:
        raise Unreachable(f"{host}: {events.told['cut']} did not arrive whole; nothing was changed. {_ANEW}")


def _failed(host: str, run: str, events: Events, needs: str) -> None:
    if not events.failed:
        return
    undone = {"undone": "It was undone", "not-undone": "Undoing it failed too"}.get(
        next((word for word in ("undone", "not-undone") if word in events.told), ""), "It has no undo"
    )
    if full := events.told.get("full"):
        mount, free, line = _full(full)
        raise NoSpace(
            f"{host}: no space left on {mount} ({free}), in: {events.failed}\n  {line}\n{undone}; the steps "
            f"before it stand. {needs}{' ' * bool(needs)}Free some on {mount}, and run the same command again"
        )
    if events.status == detached.LOCKED:
        why = events.last_lines(1).strip()
        raise Locked(f"{host}: {why}. In: {events.failed}. {undone}; the steps before it stand")
    raise StepFailed(
        f"{host}: failed: {events.failed}\n{events.last_lines(8)}{_meaning(events)}"
        f"{undone}; the steps before it stand. "
        f"Log on the host: {ROOT}/{run}/log. Take the whole run back: rollback --run {run}"
    )


def _meaning(events: Events) -> str:
    """What is known of the error, on a line of its own."""
    known = advice(events.output)
    return f"That means: {known}.\n" if known else ""


def _full(text: str) -> tuple[str, str, str]:
    """Mount point, what is free there in words, and the line that said so."""
    mount, _, rest = text.partition(" ")
    free, _, line = rest.partition(" ")
    return mount, f"{int(free) / 1024:.1f} MiB free" if free.isdigit() else "free space unknown", line.strip()


def _scheduled(text: str) -> str:
    """/run/systemd/shutdown/scheduled: USEC since 1970, and MODE."""
    values = dict(word.split("=", 1) for word in text.split() if "=" in word)
    usec = values.get("USEC", "")
    time = datetime.fromtimestamp(int(usec) / 1e6, timezone.utc) if usec.isdigit() else None
    when = time.strftime("%Y-%m-%d %H:%M UTC") if time else "soon"
    return f"a {values.get('MODE', 'shutdown')} is scheduled there for {when}"


class Events:
    """Reads a run's log as it comes. `told` has the words of each kind of event that is said once."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._rest = ""
        self._output: list[str] = []
        self.seen = 0
        self.title = ""
        self.failed = ""
        self.status = 0
        self.interrupted = False
        self.told: dict[str, str] = {}

    def take(self, text: str) -> None:
        """Some text of the log, of whole lines or not."""
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self.console.event(line)
            self._line(line)

    def _line(self, line: str) -> None:
        # No lines of the log: the two that follow.sh says by itself, and what the account's shell says before all.
        self.seen += line not in ("@ tick", "@ lost") and (self.seen > 0 or line.startswith("@ "))
        if not line.startswith("@ "):
            if not self.failed:
                self._output.append(line)
            return
        word, _, rest = line.removeprefix("@ ").partition(" ")
        self.told[word] = rest
        if word == "begin":
            self.title = rest.partition(" ")[2]
            self._output = []
        elif word == "failed":
            self.failed = self.title
            status = rest.partition(" ")[2]
            self.status = int(status) if status.isdigit() else 1

    @property
    def output(self) -> str:
        """All that the step printed."""
        return "\n".join(self._output)

    def last_lines(self, count: int) -> str:
        """The end of what the step printed."""
        return "".join(f"  {line.strip()}\n" for line in self._output[-count:])
