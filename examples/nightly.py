"""Examine a fleet every night, and keep a summary by finding for whoever comes in the morning.

    python -m examples.nightly --hosts gpu[01-64] -o /var/log/gpuwright/nightly.json

Ends with 1 when a host has something wrong or was not reached, so that cron or a systemd timer notices.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from provision.fleet import Doctor, Job, Report, folded, names, rows, threads, visit


def summary(hosts: Sequence[str], doctor: Job[Report]) -> dict[str, Any]:
    """What the fleet's hosts have in common, worst first, as a table that JSON can hold."""
    with threads() as pool:
        answers = list(visit(hosts, doctor, pool))
    return {
        "taken_at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "hosts": len(answers),
        "not_reached": sorted(answer.host for answer in answers if answer.value is None),
        "rows": [{"kind": row.kind, "says": row.says, "hosts": folded(row.hosts)} for row in rows(answers)],
    }


def main(arguments: Sequence[str], doctor: Job[Report] | None = None) -> int:
    """The command line; `doctor` is what is done on each host."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--hosts", required=True)
    parser.add_argument("-o", type=Path, required=True)
    said = parser.parse_args(arguments)
    made = summary(names(said.hosts), doctor or Doctor())
    said.o.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return int(any(row["kind"] in {"error", "fail", "unknown"} for row in made["rows"]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
