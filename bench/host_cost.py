"""`python -m bench.host_cost --layer LABEL`: the CPU time that the probe takes on one lab host, and what it asks.

Counted is what the host's control group used, so a daemon that answers (dockerd, journald) is counted too. With
`--topics` each topic alone, in a shell as the probe gives it; a topic that waits for another's answer finds none.
"""

from __future__ import annotations

import argparse
import shlex
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence

from bench.measure import used
from bench.work import CHECKS
from checks.facts import TOPICS
from checks.facts.probe import DEADLINE, compose
from checks.facts.root import as_root
from checks.needs import topics
from checks.select import select
from tests.lab import cgroups
from tests.lab.core import Lab
from tests.lab.host import Host

NAME = "bench-cost"
QUIET = 3.0
"""Seconds that a host which has just come up is left alone."""

ALONE = "export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C TZ=UTC; umask 077; cd /; "


def scripts() -> dict[str, str]:
    """What a probe is sent for: converging and a whole doctor ask every topic, the bench's doctor those it needs."""
    few = topics(select(CHECKS, "").checks)
    return {
        "every topic": as_root(compose(TOPICS, DEADLINE)),
        "the bench's doctor": as_root(compose({name: TOPICS[name] for name in TOPICS if name in few}, DEADLINE)),
        "no topic": as_root(compose({}, DEADLINE)),
    }


def alone() -> dict[str, str]:
    """Each topic by itself."""
    return {name: f"{ALONE}sh -c {shlex.quote(command)}" for name, command in TOPICS.items()}


def cost(host: Host, script: str) -> float:
    """Milliseconds of CPU, user and system, that the host used while a shell ran a script.

    The script's control group is below the host's, so what it started and left behind counts as well.
    """
    group = host.cgroup / NAME
    group.mkdir(exist_ok=True)
    init = (host.machine / "init.pid").read_text(encoding="ascii").strip()
    enter = f'echo $$ >{group}/cgroup.procs && exec nsenter --all --target={init} sh -c "$1"'
    before = used(host.cgroup)
    subprocess.run(["sh", "-c", enter, "sh", script], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    after = used(host.cgroup)
    cgroups.kill(group)
    cgroups.remove(group)
    return (after - before) * 1000


def table(named: Mapping[str, Sequence[float]]) -> str:
    """The dearest first: median, least and most."""
    rows = sorted(named.items(), key=lambda row: -statistics.median(row[1]))
    return "".join(
        f"{name:20}{statistics.median(taken):8.1f} ms ({min(taken):.1f} to {max(taken):.1f})\n" for name, taken in rows
    )


def main(words: Sequence[str]) -> int:
    """Always status 0: times are reported and never asserted."""
    asked = _arguments(words)
    lab = Lab()
    (host,) = lab.up([NAME], gpus="a100:1", layer=asked.layer)
    try:
        host.settle()
        time.sleep(QUIET)
        asked_for = alone() if asked.topics else scripts()
        taken: dict[str, list[float]] = {name: [] for name in asked_for}
        for _ in range(asked.repeats):
            for name, script in asked_for.items():
                taken[name].append(cost(host, script))
    finally:
        lab.down([NAME])
    print(table(taken), end="")
    return 0


def _arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.host_cost", description=__doc__)
    parser.add_argument("--layer", required=True, help="a provisioned layer")
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--topics", action="store_true", help="each topic by itself, instead of whole probes")
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
