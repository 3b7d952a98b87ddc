"""Fleets: the same looking and touching on many hosts at once. This is the Python API that rollout scripts import.

    from provision.fleet import Doctor, names, threads, visit

    with threads(64) as pool:
        for answer in visit(names("gpu[01-64]"), Doctor(), pool):
            print(answer.host, answer.value.verdict if answer.value else answer.error)

Which hosts: `names` and `resolve`. One job on each, in any executor: `visit` yields an `Answer` per host as it comes;
`Doctor`, `Plan`, `Record`, `Propose` and `Roll` are the jobs. `rows` and `as_text` summarise. A rollout: `Propose`
makes what is shown, `covered` what agreeing to it covers, `Roll` is a host's turn, and `roll_out` goes through waves of
`turns` with a `Journal`. Errors are values: `Answer.error` with the exit status of docs/exit-status.md; only what makes
no sense raises (`Usage`, `BadInput`). Worked scripts: examples/.
"""

from __future__ import annotations

from checks.doctor import Asked
from checks.report import Report
from provision.apply import Options
from provision.errors import BadInput, Usage
from provision.fleet.consent import Propose, covered
from provision.fleet.consent import as_text as proposals_as_text
from provision.fleet.drain import Drain, Kubernetes, Nothing, Slurm
from provision.fleet.jobs import Doctor, Plan, Record
from provision.fleet.journal import Journal
from provision.fleet.journal import read as read_journal
from provision.fleet.naming import folded, names
from provision.fleet.pool import WORKERS, Answer, Job, threads, visit
from provision.fleet.roll import Roll, Rolled
from provision.fleet.rollout import Say, Terms, roll_out
from provision.fleet.sources import Named, resolve
from provision.fleet.summary import Row, as_text, one_line, rows
from provision.fleet.turns import Turns, turns
from provision.fleet.waves import Window
from provision.fleet.waves import waves as in_waves
from provision.remote.access import Access

__all__ = [
    "WORKERS",
    "Access",
    "Answer",
    "Asked",
    "BadInput",
    "Doctor",
    "Drain",
    "Job",
    "Journal",
    "Kubernetes",
    "Named",
    "Nothing",
    "Options",
    "Plan",
    "Propose",
    "Record",
    "Report",
    "Roll",
    "Rolled",
    "Row",
    "Say",
    "Slurm",
    "Terms",
    "Turns",
    "Usage",
    "Window",
    "as_text",
    "covered",
    "folded",
    "in_waves",
    "names",
    "one_line",
    "proposals_as_text",
    "read_journal",
    "resolve",
    "roll_out",
    "rows",
    "threads",
    "turns",
    "visit",
]
