"""What is done with one host of many, as values that another process can take: how to get there, and what to ask."""

from __future__ import annotations

from dataclasses import dataclass, field

from checks.doctor import Asked, diagnose, probe
from checks.facts import TOPICS, gather
from checks.facts.blank import blanked
from checks.facts.recording import render
from checks.report import Report
from provision.apply import Options, Planned, look
from provision.remote.access import Access


@dataclass(frozen=True)
class Doctor:
    """Examine a host: its report."""

    asked: Asked = field(default_factory=Asked)
    access: Access = field(default_factory=Access)

    def __call__(self, host: str) -> Report:
        """One exec."""
        with self.access.to(host) as remote:
            return diagnose(probe(remote, self.asked), self.asked, host, f"fab -H {host}")


@dataclass(frozen=True)
class Record:
    """Keep what a host answers: the text of its recording, without secrets."""

    deadline: float
    access: Access = field(default_factory=Access)

    def __call__(self, host: str) -> str:
        """One exec."""
        with self.access.to(host) as remote:
            return render(blanked(gather(remote, TOPICS, self.deadline)))


@dataclass(frozen=True)
class Plan:
    """Plan a host: what provisioning would do; changes nothing."""

    options: Options
    access: Access = field(default_factory=Access)

    def __call__(self, host: str) -> Planned:
        """One exec, a second one where the package solver is asked."""
        with self.access.to(host) as remote:
            return look(remote, self.options)
