"""One host's turn in a rollout: out of service, provisioned, examined, loaded, and back into service if it is well."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from checks.examine import examine
from checks.facts import Facts
from checks.facts.reading import Unknown
from checks.facts.recording import Recording
from checks.facts.shell import ShellFailed
from checks.finding import BROKEN
from checks.profiles.profile import Profile
from provision.apply import Options, converge, look
from provision.compared import kind
from provision.errors import GpuwrightError, NoConsent
from provision.fleet.consent import Agreed
from provision.fleet.drain import Drain, Nothing
from provision.host import Host
from provision.remote.access import Access
from provision.undo import undo_since


@dataclass(frozen=True)
class Rolled:
    """How a turn ended: done, failed or rolled-back, and why. `classes` are the kinds of trouble that it brought."""

    state: str
    why: str = ""
    changed: bool = False
    classes: tuple[str, ...] = ()


class _Quiet:
    """The console of one host among many: nothing is shown, and what was not shown before is not agreed to."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._said = ""

    def show(self, text: str) -> None:
        """Show nothing; the last text before a question says what it is about."""
        self._said = text

    def agree(self, question: str) -> bool:
        """Nobody is asked in the middle of a fleet."""
        del question
        raise NoConsent(f"{self._host}: {self._said.strip()}")

    def event(self, line: str) -> None:
        """Show nothing."""

    def waiting(self, seconds: float) -> None:
        """Show nothing."""

    def bringing(self, name: str, sent: int, size: int) -> None:
        """Show nothing."""


@dataclass(frozen=True)
class Roll:
    """The turn, as a job for the pool.

    `gate` names the checks that count (none: all), `load` is a command line run on the control machine with {host} in
    it, `rollback` takes back what the turn did to a host that is not well afterwards. `agreed` is what was shown for
    each host and agreed to: what goes beyond it ends the host's turn with `NoConsent`. None agrees to whatever the plan
    is when the turn begins, and to no more.
    """

    options: Options
    drain: Drain = field(default_factory=Nothing)
    gate: tuple[str, ...] = ()
    load: str = ""
    rollback: bool = False
    access: Access = field(default_factory=Access)
    agreed: Agreed | None = None

    def __call__(self, host: str) -> Rolled:
        """A host with nothing to do is not drained; one that is not well afterwards is not put back into service."""
        with self.access.to(host) as remote:
            return self.turn(remote)

    def turn(self, host: Host) -> Rolled:
        """The turn of a host that can be reached."""
        planned = look(host, self.options)
        before = troubles(planned.recording, planned.profile, self.gate)
        node = host.name
        if not planned.plan and not any(run.state == "running" for run in planned.facts.runs):
            if before:
                return Rolled("failed", "; ".join(before.values()))
            self.drain.back(node)  # an earlier turn may have been cut off just before
            return Rolled("done")
        agreed = planned.shown if self.agreed is None else self.agreed.get(host.name, frozenset())
        if new := planned.shown - agreed:
            raise NoConsent(
                f"{host.name}: it was not shown when the waves were agreed to: {', '.join(sorted(new))}; nothing was "
                "changed. The same command shows it and asks"
            )
        self.drain.out(node)
        rolled = self._provisioned(host, planned.profile, before, agreed)
        if rolled.state == "done":
            self.drain.back(node)
            return rolled
        return self._taken_back(host, node, rolled, planned.facts) if self.rollback else rolled

    def _provisioned(self, host: Host, profile: Profile, before: dict[str, str], agreed: frozenset[str]) -> Rolled:
        try:
            outcome = converge(host, replace(self.options, yes=False), _Quiet(host.name), agreed)
            if outcome.stopped_before_reboot:
                return Rolled("failed", "it needs a reboot, and --reboot is never", changed=True)
            after = troubles(outcome.recording, profile, self.gate)
            if after:
                classes = tuple(sorted(after.keys() - before.keys()))
                return Rolled("failed", "; ".join(after.values()), outcome.changed, classes)
            self._loaded(host.name)
        except (GpuwrightError, ShellFailed, Unknown) as error:
            return Rolled("failed", str(error), changed=True)
        return Rolled("done", "", outcome.changed)

    def _loaded(self, host: str) -> None:
        if not self.load:
            return
        done = subprocess.run(  # noqa: S602 - the operator's own command line
            self.load.replace("{host}", host), shell=True, capture_output=True, text=True, check=False
        )
        if done.returncode:
            said = (done.stderr or done.stdout).strip().splitlines()[-1:] or [""]
            raise GpuwrightError(f"{host}: the load command ended with status {done.returncode}: {said[0][:300]}")

    def _taken_back(self, host: Host, node: str, rolled: Rolled, before: Facts) -> Rolled:
        """Take back the runs of this turn, newest first; the host returns to service as it was before."""
        try:
            undo_since(host, before, _Quiet(host.name), may_reboot=self.options.reboot)
            self.drain.back(node)
        except (GpuwrightError, ShellFailed, Unknown) as error:
            return replace(rolled, why=f"{rolled.why}. It was not taken back: {error}")
        return replace(rolled, state="rolled-back")


def troubles(recording: Recording, profile: Profile, gate: Iterable[str]) -> dict[str, str]:
    """What fails or could not be read, the first of each kind: silence is not health."""
    names = frozenset(gate)
    found: dict[str, str] = {}
    for finding in examine(Facts(recording), profile):
        if finding.verdict in BROKEN and (not names or finding.check in names):
            found.setdefault(kind(finding), f"{finding.check}: {finding.summary}")
    return found
