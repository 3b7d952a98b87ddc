"""`make fault-bench`: replays every fault and prints a table; status 1 when one is wrong."""

from __future__ import annotations

import sys

from tests.faultbench import FAULTS, replay


def main() -> None:
    """Print the table."""
    results = [replay(fault) for fault in FAULTS]
    print("| fault | known from | expected cause | first finding | |\n|---|---|---|---|---|")
    for result in results:
        fault, first = result.fault, result.first
        said = f"{first.check}: {first.summary}" if first else "nothing"
        verdict = "right" if result.right else "WRONG"
        print(f"| {fault.name} | {fault.source} | {fault.cause} ({fault.verdict}) | {said} | {verdict} |")
    right = sum(result.right for result in results)
    print(f"\n{right} of {len(results)} right; {sum(r.first is None for r in results)} silent")
    sys.exit(right < len(results))


if __name__ == "__main__":
    main()
