"""The doctor, from a host or a recording to a report and a status: what `invoke doctor` and the single file share."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from checks import report
from checks.facts import CONTAINER, TOPICS, Facts, framework, gather, join, timeline, tried
from checks.facts.probe import DEADLINE
from checks.facts.reading import Unknown
from checks.facts.recording import Recording
from checks.facts.shell import Shell, ShellFailed
from checks.finding import Finding, status
from checks.report import Report
from checks.select import Selection
from checks.since import moment
from checks.timeline import Timeline, merge

if TYPE_CHECKING:
    from checks.profiles.profile import Profile

WINDOW = 7 * 24 * 3600
"""Seconds that the timeline goes back where nobody says how far."""


@dataclass(frozen=True)
class Asked:
    """What the command line asks of the doctor; `deadline` is in seconds, `since` a time for the timeline.

    `framework` is tried in a container of `image`, where both are given.
    """

    profile: str = ""
    container: bool = False
    deadline: float = DEADLINE
    selection: Selection = field(default_factory=Selection)
    since: str = ""
    framework: str = ""
    image: str = ""


def probe(shell: Shell, asked: Asked) -> Recording:
    """Ask one host; one exec. A few checks ask for no more than they read; for everything when they find something."""
    more = CONTAINER if asked.container else {}
    few = _few(asked)
    if len(few) < len(TOPICS):
        found = gather(shell, {**few, **more}, asked.deadline)
        if _is_enough(found, asked):
            return found
    return gather(shell, {**TOPICS, **more}, asked.deadline)


def _few(asked: Asked) -> Mapping[str, str]:
    if not asked.selection.checks:
        return TOPICS
    from checks.examine import CHECKS
    from checks.needs import topics

    if len(asked.selection.checks) == len(CHECKS):
        return TOPICS
    wanted = topics(asked.selection.checks)
    return {topic: command for topic, command in TOPICS.items() if topic in wanted}


def _is_enough(found: Recording, asked: Asked) -> bool:
    """Whether all is well, and every check was answered what it asked; a remedy needs more than the checks do."""
    from checks.needs import Watched

    seen = Watched(found.readings, found.complete)
    findings = _examined(Facts(seen), asked, "")[1]
    return all(finding.verdict in ("ok", "skipped") for finding in findings) and not seen.missed & set(TOPICS)


def look_at(shell: Shell, asked: Asked) -> Recording:
    """Ask one host; and once more for a framework, and for what changed where something failed or --since was given."""
    found = probe(shell, asked)
    if asked.framework:
        topic = tried(asked.framework, asked.image, asked.deadline)
        found = join(found, gather(shell, topic, framework.longest(asked.deadline)))
    if not asked.since and status(_examined(Facts(found), asked, "")[1]) != 1:
        return found
    try:
        return join(found, gather(shell, timeline(_since(Facts(found), asked)), asked.deadline))
    except (ShellFailed, Unknown):
        if asked.since:
            raise
        return found


def diagnose(recording: Recording, asked: Asked, host: str = "", command: str = "") -> Report:
    """Examine what a host answered; `host` empty: the name that it gives itself."""
    facts = Facts(recording)
    profile, findings = _examined(facts, asked, host)
    whole = _with_profile(command, asked.profile or _unsaid(profile))
    made = report.of(facts, host or own_name(facts), profile.name, findings, whole)
    return replace(made, timeline=_timeline(facts, asked, findings), everything=bool(asked.since))


def _examined(facts: Facts, asked: Asked, host: str) -> tuple[Profile, tuple[Finding, ...]]:
    from checks.examine import CHECKS, examine
    from checks.profiles.choose import choose

    profile = choose(asked.profile, facts, host)
    return profile, examine(facts, profile, asked.selection.checks or CHECKS, asked.selection.left_out)


def _since(facts: Facts, asked: Asked) -> int:
    """Seconds since 1970, by the host's own clock."""
    now = facts.host.time
    return moment(asked.since, now) if asked.since else now - WINDOW


def _timeline(facts: Facts, asked: Asked, findings: Sequence[Finding]) -> Timeline | None:
    """What changed, where it was asked for or the host was asked because something failed."""
    failed = [finding for finding in report.loudest_first(findings) if finding.verdict == "fail"]
    if not asked.since and not (failed and "events" in facts.recording.readings):
        return None
    try:
        since = _since(facts, asked)
    except Unknown:
        return None
    return merge(facts, since, f"{failed[0].check}: {failed[0].summary}" if failed else "")


def _with_profile(command: str, profile: str) -> str:
    """What is asked for with a profile is mended with it: without, the host's own would count, and see nothing."""
    if not profile:
        return command
    whole = command if "{}" in command else f"{command} {{}}".strip()
    return f"{whole} --profile {shlex.quote(profile)}"


def _unsaid(profile: Profile) -> str:
    """Where nobody says what the host should be, provisioning would make it into its own default."""
    from checks.profiles.profile import AS_FOUND

    return AS_FOUND if profile.name == AS_FOUND else ""


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
