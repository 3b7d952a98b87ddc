"""`make fault-bench`: replays faults, makes the others for real, and prints a table; status 1 when one is wrong."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from datetime import datetime, timezone

from tests.faultbench import FAULTS, made, replay
from tests.faultbench.real import first_finding, is_right
from tests.lab import layers
from tests.lab.core import Lab
from tests.lab.supported import supported
from tests.onhosts import stages

Row = tuple[str, str, str, str, str, bool]
"""How it was made, its name, where it is known from, the cause expected, what came first; and whether that is right."""


def replayed() -> Iterator[Row]:
    """The faults in recordings."""
    for fault in FAULTS:
        result = replay(fault)
        first = result.first
        said = f"{first.check}: {first.summary}" if first else ""
        yield "replayed", fault.name, fault.source, f"{fault.cause} ({fault.verdict})", said, result.right


def real() -> Iterator[Row]:
    """The faults on lab hosts, each on a host of its own that was provisioned for real."""
    lab, layer = Lab(), stages.label("debian12")
    if layers.find(lab.home, layer) is None:
        (host,) = lab.up(["bench"], os="debian12", gpus=stages.GPUS)
        stages.walk(lab, host, "debian12")
        lab.down(["bench"])
    for fault in made.FAULTS:
        (host,) = lab.up(["bench"], gpus=fault.gpus, faults=fault.faults, layer=layer)
        try:
            first = first_finding(host.settle(), fault)
        finally:
            lab.down(["bench"])
        said = f"{first['check']}: {first['summary']}" if first else ""
        yield "real", fault.name, fault.source, f"{fault.cause} ({fault.verdict})", said, is_right(fault, first)


def main() -> None:
    """Print the page: how it was made, the table, and the counts."""
    asked = argparse.ArgumentParser(description="faults injected: is the cause named first?")
    asked.add_argument("--replayed", action="store_true", help="leave out those that are made for real on lab hosts")
    only_replayed: bool = asked.parse_args().replayed
    why_not = "left out: --replayed" if only_replayed else supported()
    print(f"# Fault bench, {datetime.now(tz=timezone.utc):%Y-%m-%d}\n")
    print(f"Written by `python -m tests.faultbench{' --replayed' if only_replayed else ''}`.\n")
    rows: list[Row] = []
    print("| | fault | known from | expected cause | first finding | |\n|---|---|---|---|---|---|")
    for row in (*replayed(), *(() if why_not else real())):
        rows.append(row)
        *cells, right = row
        print(
            f"| {' | '.join(cell.replace('|', '/') for cell in cells)} | {'right' if right else 'WRONG'} |", flush=True
        )
    print()
    for how in dict.fromkeys(row[0] for row in rows):
        print(_counted(how, [row for row in rows if row[0] == how]))
    if why_not:
        print(f"\nNone was made for real: {why_not}")
    sys.exit(not all(row[-1] for row in rows))


def _counted(how: str, rows: list[Row]) -> str:
    wrong = [row for row in rows if not row[-1]]
    return f"{how}: {len(rows) - len(wrong)} of {len(rows)} right; {sum(not row[4] for row in wrong)} silent"


if __name__ == "__main__":
    main()
