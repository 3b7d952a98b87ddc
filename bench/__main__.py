"""`python -m bench`: measure, and write docs/results/bench-DATE.md and .svg. `make bench` measures everything."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from bench import environments, hosts, report
from bench.cases import Case, cases, rounds
from bench.measure import Run, once
from bench.peers import PEERS
from bench.peers.peer import Peer, Task
from bench.work import WORKS, States
from tests.lab.core import Lab

ROOT = Path(__file__).parent.parent
LIMIT = 900.0
"""Seconds after which a run is given up."""


def main(words: Sequence[str]) -> int:
    """Status 0 when every run of every peer ended well."""
    asked = _arguments(words)
    began = time.monotonic()
    lab = Lab()
    results: dict[Case, list[Run]] = {}
    bins, missing = _environments(asked.peers)
    peers = [PEERS[name] for name in bins]
    wanted = cases(peers, asked.works, asked.delays, asked.hosts)
    label = hosts.layer(lab, asked.layer)
    scratch = Path(tempfile.mkdtemp(prefix="gpuwright-bench-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, scratch, ignore_errors=True)
        machines = min(asked.machines, max(asked.hosts))
        fleets = {
            delay: stack.enter_context(hosts.fleet(lab, label, delay, machines, max(asked.hosts), scratch))
            for delay in asked.delays
        }
        about = report.About(
            f"python -m bench {' '.join(words)}".strip(),
            peers,
            missing,
            [case for _, case in wanted],
            next(iter(fleets.values())).states(),
            machines,
            asked.repeats,
            asked.slow_repeats,
            asked.slow_from,
        )
        _say(f"ready after {time.monotonic() - began:.0f} s: {machines} hosts for each round trip")
        for peer, case in rounds(wanted, asked.repeats, asked.slow_repeats, asked.slow_from):
            if asked.minutes and time.monotonic() - began > asked.minutes * 60:
                break
            made = _once(lab, fleets[case.delay], about.states, peer, bins[peer.name], case, scratch)
            results.setdefault(case, []).append(made)
            _say(
                f"{case.work} {case.delay:g} ms {case.size} x {case.peer}: wall {made.wall:.2f} s, "
                f"control {made.control:.2f} s, hosts {made.hosts:.2f} s, {made.biggest:.0f} MiB, "
                f"other load {made.foreign:.1f} s, status {made.status}"
            )
            report.write(asked.out, about, results)
    return int(any(made.status for runs in results.values() for made in runs))


def _say(words: str) -> None:
    print(words, flush=True)


def _environments(names: Sequence[str]) -> tuple[dict[str, Path], list[str]]:
    """The folder of programs of each peer, and what is to be said about those that cannot be installed."""
    bins: dict[str, Path] = {}
    missing = []
    for name in names:
        try:
            bins[name] = environments.environment(PEERS[name])
        except RuntimeError as error:  # noqa: PERF203 - one peer's trouble is its own
            missing.append(f"{name} could not be installed: {error}")
            _say(missing[-1])
    return bins, missing


def _once(lab: Lab, fleet: hosts.Fleet, states: States, peer: Peer, bin_: Path, case: Case, scratch: Path) -> Run:
    folder = Path(tempfile.mkdtemp(dir=scratch))
    home = folder / "home"
    home.mkdir()
    names, addresses = fleet.names(case.size), fleet.addresses(case.size)
    task = Task(case.work, names, addresses, states, folder, fleet.ssh_config, lab.home.key, lab.home.known_hosts, bin_)
    line, env = peer.command(task)
    log = folder / "log"
    whole = {"PATH": os.environ["PATH"], "HOME": str(home), **env}
    groups = [host.cgroup for host in fleet.machines]
    made = once(line, groups, env=whole, cwd=folder, log=log, limit=LIMIT)
    if made.status:
        print(log.read_text(errors="replace")[-1500:], file=sys.stderr)
    shutil.rmtree(folder, ignore_errors=True)
    return made


def _arguments(words: Sequence[str]) -> argparse.Namespace:
    def numbers(text: str) -> list[float]:
        return [float(word) for word in text.split(",")]

    def counts(text: str) -> list[int]:
        return [int(word) for word in text.split(",")]

    def some(known: Sequence[str], text: str) -> list[str]:
        if unknown := [word for word in text.split(",") if word not in known]:
            raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: known are {', '.join(known)}")
        return text.split(",")

    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--peers", type=lambda text: some(list(PEERS), text), default=list(PEERS))
    parser.add_argument("--works", type=lambda text: some(WORKS, text), default=list(WORKS))
    parser.add_argument("--hosts", type=counts, default=[1, 10, 50, 200])
    parser.add_argument("--delays", type=numbers, default=[0.0, 50.0], help="round trips in milliseconds")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--slow-repeats", type=int, default=2, help="of slow peers on many hosts")
    parser.add_argument("--slow-from", type=int, default=10, help="how many hosts are many to slow peers")
    parser.add_argument("--machines", type=int, default=10, help="lab hosts that the names are spread over")
    parser.add_argument("--layer", default="", help="a provisioned layer; default: provision a host for real")
    parser.add_argument("--minutes", type=float, default=0, help="begin no run after so many minutes")
    parser.add_argument("--out", type=Path, default=ROOT / "docs/results")
    return parser.parse_args(words)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the hosts are taken down all the same
    sys.exit(main(sys.argv[1:]))
