"""`make fault-bench`: replays faults, makes the others for real, and prints a table; status 1 when one is wrong."""

from __future__ import annotations

import sys
from collections.abc import Iterator

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
    """Print the table."""
    why_not = supported()
    rows: list[Row] = []
    print("| | fault | known from | expected cause | first finding | |\n|---|---|---|---|---|---|")
    for row in (*replayed(), *(() if why_not else real())):
        rows.append(row)
        *cells, right = row
        print(f"| {' | '.join(cells)} | {'right' if right else 'WRONG'} |", flush=True)
    wrong = [row for row in rows if not row[-1]]
    print(f"\n{len(rows) - len(wrong)} of {len(rows)} right; {sum(not row[4] for row in wrong)} silent")
    if why_not:
        print(f"None was made for real: {why_not}")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
