"""The doctor, from a host or a recording to a report and a status: what `invoke doctor` and the single file share."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field

from checks import report
from checks.facts import CONTAINER, TOPICS, Facts, gather
from checks.facts.probe import DEADLINE
from checks.facts.reading import Unknown
from checks.facts.recording import Recording
from checks.facts.shell import Shell
from checks.finding import status
from checks.report import Report
from checks.select import Selection


@dataclass(frozen=True)
class Asked:
    """What the command line asks of the doctor; `deadline` is in seconds."""

    profile: str = ""
    container: bool = False
    deadline: float = DEADLINE
    selection: Selection = field(default_factory=Selection)


def probe(shell: Shell, asked: Asked) -> Recording:
    """Ask one host; one exec."""
    return gather(shell, {**TOPICS, **CONTAINER} if asked.container else TOPICS, asked.deadline)


def diagnose(recording: Recording, asked: Asked, host: str = "", command: str = "") -> Report:
    """Examine what a host answered; `host` empty: the name that it gives itself."""
    from checks.examine import CHECKS, examine
    from checks.profiles.choose import choose

    facts = Facts(recording)
    profile = choose(asked.profile, facts, host)
    findings = examine(facts, profile, asked.selection.checks or CHECKS, asked.selection.left_out)
    return report.of(facts, host or own_name(facts), profile.name, findings, _with_profile(command, asked.profile))


def _with_profile(command: str, profile: str) -> str:
    """What is asked for with a profile is mended with it: without, the host's own would count, and see nothing."""
    if not profile:
        return command
    whole = command if "{}" in command else f"{command} {{}}".strip()
    return f"{whole} --profile {shlex.quote(profile)}"


def own_name(facts: Facts) -> str:
    """The name that the host gives itself."""
    try:
        return facts.host.name
    except Unknown:
        return "unknown"


def exit_status(made: Report, form: str = "text") -> int:
    """The status that the doctor ends with: Nagios' own for its format, else that of docs/exit-status.md."""
    if form == "nagios":
        from checks.report.nagios import nagios_status

        return nagios_status(made)
    return made.status or status(made.findings)
