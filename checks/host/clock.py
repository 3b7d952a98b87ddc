"""The clock is right, and something keeps it so.

A clock that is years off makes every certificate invalid, and so every repository, registry and API; one that drifts
makes logs of several hosts useless, and Kubernetes' tokens expire early.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone

from checks.facts import Facts
from checks.facts.reading import Unknown
from checks.finding import Finding, by_hand, fail, ok, warn
from checks.profiles.profile import Profile

RESTS_ON = ()
FIRST = 1767225600
"""2026-01-01: this program did not exist before."""
DAY = 24 * 3600


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    now, fetched, service = facts.host.time, _newest(facts), facts.clock
    if now < max(FIRST, fetched - DAY):
        yield fail(
            f"the clock says {_date(now)}, which is in the past",
            why="certificates are not yet valid: apt, docker pull and kubectl fail",
            evidence=f"date: {_date(now)}; "
            + (
                f"the newest package list is of {_date(fetched)}"
                if fetched > FIRST
                else f"this program is of {_date(FIRST)}"
            ),
            remedy=by_hand("set it: date -s '2026-11-24 12:00', or chronyc makestep; then enable a time service"),
        )
    elif facts.machine.container:
        yield ok("the clock is the machine's below this container")
    elif not service.daemons:
        yield warn(
            "nothing keeps the clock right",
            why="it drifts by seconds a day",
            evidence="no chronyd, ntpd, systemd-timesyncd or ptp4l runs",
            remedy=by_hand("systemctl enable --now systemd-timesyncd; or install chrony"),
        )
    elif service.synchronized is False:
        yield warn(
            "the clock is not synchronised",
            why="its service reaches no server, and the clock drifts",
            evidence="; ".join(service.says) or "/run/systemd/timesync/synchronized does not exist",
            remedy=by_hand("chronyc sources, ntpq -p or timedatectl timesync-status: are its servers reachable?"),
        )
    else:
        yield ok(f"{', '.join(service.daemons)} keeps the clock")


def _newest(facts: Facts) -> int:
    try:
        return facts.sources.fetched
    except Unknown:
        return 0


def _date(time: int) -> str:
    return datetime.fromtimestamp(time, tz=timezone.utc).strftime("%Y-%m-%d")
