"""The page and the picture that a run of the benchmark leaves."""

from __future__ import annotations

import datetime as dt
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import plot, table
from bench.cases import Case
from bench.measure import Run
from bench.peers.peer import Peer
from bench.work import States
from checks.facts import TOPICS
from tests.lab.command import run as output_of

NOTES = """\
## How it was measured

- Control and all hosts share this machine's cores. On a fleet the host CPU is the hosts' own; so wall times of many
  hosts are here bound by (control + host CPU) / cores, and the column of control CPU is what can be compared.
- Every run is cold: a new process, new connections, no ControlMaster left from another; bytecode and page cache warm.
- Several names share one sshd and one host ({machines} hosts per round trip), whose MaxStartups is raised: nobody
  is refused by chance.
- CPU is that of a control group, so processes that outlive their parent count. Memory is looked at ten times a second;
  in the sum, pages that processes share count in each of them.
- other load: what the rest of the machine used meanwhile, in percent of one core, the delay lines included.
- Runs of one round follow each other, so that what disturbs the machine disturbs all alike. Slow peers ({slow}) are run
  at most {slow_repeats} times on {slow_from} hosts and more.

## What is not comparable

- ssh and gpuwright ask gpuwright's whole probe ({topics} topics); the others ask {questions} questions, which is less
  work on the host.
- gpuwright also examines the answers (its checks) or plans; ssh only prints them. The others only get the answers, and
  converge {states} states of the `debian` profile ({states_words}).
- ssh does no converging: the same exec stands in its place as the floor. On many hosts gpuwright's converge is
  `fleet.plan`, which finds nothing to do; on one host it is `provision --yes`.
- fabric verifies no host key; all others do.
- Ansible's modules need Python on the host, which was installed for it.
- A peer that is missing at a size was left out there for its time: {left_out}.
"""


@dataclass(frozen=True)
class About:
    """What was asked for: the command line, who was measured, and why somebody was not."""

    command: str
    peers: Sequence[Peer]
    missing: Sequence[str]
    wanted: Sequence[Case]
    states: States
    machines: int
    repeats: int
    slow_repeats: int
    slow_from: int


def write(out: Path, about: About, results: Mapping[Case, Sequence[Run]]) -> None:
    """`bench-DATE.md` and `bench-DATE.svg`, over and over as the runs end, so that a run that is broken off counts."""
    now = dt.datetime.now(tz=dt.timezone.utc)
    order = {case: results[case] for case in sorted(about.wanted, key=lambda case: case.size) if case in results}
    left = [
        f"{case.size} x {case.peer} ({case.work}, {case.delay:g} ms)" for case in about.wanted if case not in results
    ]
    text = (
        f"# The benchmark, {now:%Y-%m-%d}\n\n"
        f"`{about.command}`, until {now:%H:%M} UTC, up to {about.repeats} repeats, on {_machine()}.\n\n"
        f"![wall times](bench-{now:%Y-%m-%d}.svg)\n\n"
        + "".join(f"- {peer.name}: {peer.words}\n" for peer in about.peers)
        + "".join(f"- {line}\n" for line in about.missing)
        + table.markdown(order)
        + (f"\nNot run, for want of time: {'; '.join(left)}.\n" if left else "")
        + f"\n{_notes(about)}"
    )
    out.mkdir(parents=True, exist_ok=True)
    (out / f"bench-{now:%Y-%m-%d}.md").write_text(text, encoding="utf-8")
    (out / f"bench-{now:%Y-%m-%d}.svg").write_text(plot.svg(order), encoding="utf-8")


def _notes(about: About) -> str:
    states = about.states
    return NOTES.format(
        machines=about.machines,
        slow=", ".join(peer.name for peer in about.peers if peer.slow) or "none",
        slow_repeats=about.slow_repeats,
        slow_from=about.slow_from,
        topics=len(TOPICS),
        questions=len(states.questions),
        states=states.count,
        states_words=f"{len(states.packages)} packages, {len(states.files)} files, {len(states.units)} units, "
        f"{len(states.folders)} folders",
        left_out="; ".join(f"{peer.name} above {peer.at_most}" for peer in about.peers),
    )


def _machine() -> str:
    info = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    model = next((line.partition(":")[2].strip() for line in info.splitlines() if line.startswith("model name")), "")
    gigabytes = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    release = platform.release().partition("-")[0]
    ssh = output_of("sh", "-c", "ssh -V 2>&1").stdout.split(",")[0]
    return (
        f"{os.cpu_count()} x {model}, {gigabytes:.0f} GiB, Linux {release}, Python {platform.python_version()}, {ssh}"
    )
