"""`make mutation`: tries changes of the code and lists those that no test notices.

    python -m tests.mutation checks/bus checks/gpu         every change of the files there
    python -m tests.mutation --sample 600 --seed 1 checks  that many, drawn by chance

The changes are mutmut's; it is not its runner that tries them, because that would run a thousand tests for each. A
changed check is asked about every recorded host in this process first (bench.py); what that does not notice, and all
that is no check, goes to the tests that name the module (forked.py).
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

from checks.examine import CHECKS
from tests.mutation import forked
from tests.mutation.bench import Bench
from tests.mutation.changes import ROOT, Change, changes


def main() -> None:
    """Try them, print each that survives, and the count at the end."""
    asked = argparse.ArgumentParser(description="which changes of the code does no test notice?")
    asked.add_argument("paths", nargs="+", type=Path)
    asked.add_argument("--sample", type=int, default=0, help="so many, drawn by chance; 0: all")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--minutes", type=float, default=0, help="stop after so many; 0: never")
    told = asked.parse_args()
    found = [change for path in told.paths for file in _files(path) for change in changes(file)]
    total = len(found)
    if told.sample:
        random.Random(told.seed).shuffle(found)  # noqa: S311 - a sample, no secret
        found = found[: told.sample]
    print(f"{total} changes of {', '.join(map(str, told.paths))}, {len(found)} of them tried", flush=True)
    began, counts = time.monotonic(), Counter[str]()
    with suppress(KeyboardInterrupt):  # what was counted until then still counts
        for change in found if told.sample else sorted(found, key=lambda each: each.path):
            if told.minutes and time.monotonic() - began > told.minutes * 60:
                break
            became = fate(change)
            counts[became] += 1
            if became != "noticed":
                print(f"{became}: {change}", flush=True)
    print(f"\n{counts.total()} tried in {time.monotonic() - began:.0f} s: {dict(counts)}")
    print(f"{counts['noticed'] / max(1, counts.total()):.1%} noticed")


def fate(change: Change) -> str:
    """What became of a change: noticed, survived, or no test runs it."""
    check = change.module in _CHECKS
    if check and _bench().notices(change):
        return "noticed"
    tests = forked.tests_of(change)
    if tests and forked.notices(change, tests):
        return "noticed"
    return "survived" if check or tests else "no test"


_CHECKS = {check.__name__ for check in CHECKS}
_BENCHES: list[Bench] = []


def _bench() -> Bench:
    if not _BENCHES:
        _BENCHES.append(Bench())
    return _BENCHES[0]


def _files(path: Path) -> list[Path]:
    whole = path if path.is_absolute() else ROOT / path
    return sorted(whole.rglob("*.py")) if whole.is_dir() else [whole]


if __name__ == "__main__":
    sys.setrecursionlimit(5000)
    main()
