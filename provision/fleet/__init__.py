"""Fleets: the same looking and touching on many hosts at once. This is the Python API that rollout scripts import.

    from provision.fleet import Doctor, names, threads, visit

    with threads(64) as pool:
        for answer in visit(names("gpu[01-64]"), Doctor(), pool):
            print(answer.host, answer.value.verdict if answer.value else answer.error)

`names` and `resolve` say which hosts; `visit` does one job on each, in any executor, and yields an `Answer` per host as
it comes; `Doctor`, `Plan` and `Record` are the jobs; `as_text` summarises. Errors are values: `Answer.error` with the
exit status of docs/exit-status.md; only a set of hosts that makes no sense raises (`Usage`, `BadInput`).
"""

from __future__ import annotations

from provision.fleet.jobs import Doctor, Plan, Record
from provision.fleet.naming import folded, names
from provision.fleet.pool import WORKERS, Answer, threads, visit
from provision.fleet.sources import Named, resolve
from provision.fleet.summary import Row, as_text, one_line, rows
from provision.remote.access import Access

__all__ = [
    "WORKERS",
    "Access",
    "Answer",
    "Doctor",
    "Named",
    "Plan",
    "Record",
    "Row",
    "as_text",
    "folded",
    "names",
    "one_line",
    "resolve",
    "rows",
    "threads",
    "visit",
]
