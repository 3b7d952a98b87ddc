"""What a rollout would do on each host, shown in one text before the first wave, and what agreeing to it covers; pure.

Agreeing covers what was shown for that host, and nothing else: a host whose plan could not be made has agreed to
nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from provision.apply import Options, Planned, look
from provision.fleet.naming import folded, hosts_in_words
from provision.fleet.pool import Answer
from provision.fleet.summary import general
from provision.remote.access import Access

Agreed = Mapping[str, frozenset[str]]
"""For each host what was shown and agreed to, as `Planned.shown` names it."""


@dataclass(frozen=True)
class Proposal:
    """A host's plan in lines for a person, and what agreeing to it covers."""

    lines: tuple[str, ...] = ()
    covers: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Propose:
    """The job that makes a host's proposal; changes nothing."""

    options: Options
    access: Access

    def __call__(self, host: str) -> Proposal:
        """One exec, a second one where the package solver is asked."""
        with self.access.to(host) as remote:
            return proposal(look(remote, self.options))


def proposal(planned: Planned) -> Proposal:
    """The plan as one shows it for many hosts: equal plans give equal lines."""
    lines: list[str] = []
    for phase in planned.plan.phases:
        for step in phase.steps:
            lines += [step.title, *(f"  stops {work}" for work in step.stops)]
        lines += [f"reboot: {phase.reboot}", *(f"  stops {work}" for work in phase.stops)] if phase.reboot else []
    lines += [f"removes the package {package}" for package in (planned.solution.removals if planned.solution else ())]
    lines += [f"! {warning}" for warning in planned.plan.warnings]
    lines += [f"? {component} cannot be planned: {why}" for component, why in planned.plan.unknown]
    return Proposal(tuple(lines), planned.shown if planned.plan else frozenset())


def as_text(answers: Iterable[Answer[Proposal]]) -> str:
    """What is to be done, by hosts that have it in common; the most hosts first."""
    found: dict[tuple[str, ...], list[str]] = {}
    for answer in answers:
        made = answer.value
        lines = made.lines or ("nothing to do",) if made else (f"! no plan: {general(answer.error, answer.host)}",)
        found.setdefault(lines, []).append(answer.host)
    groups = sorted(found.items(), key=lambda group: -len(group[1]))
    return "\n".join(
        "\n".join([f"{hosts_in_words(len(hosts))}: {folded(hosts)}", *(f"    {line}" for line in lines)])
        for lines, hosts in groups
    )


def covered(answers: Iterable[Answer[Proposal]]) -> dict[str, frozenset[str]]:
    """What agreeing to all of it covers, for each host that has something to do."""
    return {answer.host: answer.value.covers for answer in answers if answer.value and answer.value.covers}


def asked_anew(shown: Agreed, before: Agreed) -> bool:
    """Whether something is shown that was not agreed to before."""
    return any(covers - before.get(host, frozenset()) for host, covers in shown.items())
