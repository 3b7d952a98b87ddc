"""The results as Markdown: medians, and from the least to the most."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import median

from bench.cases import Case
from bench.measure import Run

Results = Mapping[Case, Sequence[Run]]

_HEAD = (
    "| hosts | peer | runs | wall s: median (min to max) | x ssh | control CPU s | x ssh | host CPU s | "
    "control MiB: biggest, sum | other load |\n|---|---|---|---|---|---|---|---|---|---|\n"
)


def middle(runs: Sequence[Run], of: Callable[[Run], float]) -> float:
    """The median."""
    return median(of(run) for run in runs)


def markdown(results: Results) -> str:
    """A table for each work and round trip. A run that failed is counted, and nothing of it used."""
    text = ""
    for work, delay in dict.fromkeys((case.work, case.delay) for case in sorted(results)):
        text += f"\n## {work}, {delay:g} ms round trip\n\n{_HEAD}"
        for case, runs in results.items():
            if (case.work, case.delay) == (work, delay):
                text += _row(case, runs, results.get(Case(work, delay, case.size, "ssh"), ()))
    return text


def _row(case: Case, runs: Sequence[Run], ssh: Sequence[Run]) -> str:
    good, base = [run for run in runs if run.status == 0], [run for run in ssh if run.status == 0]
    failed = f" ({len(runs) - len(good)} failed)" if len(good) < len(runs) else ""
    if not good:
        return f"| {case.size} | {case.peer} | 0{failed} | - | - | - | - | - | - | - |\n"
    walls = [run.wall for run in good]
    wall, control = middle(good, lambda run: run.wall), middle(good, lambda run: run.control)
    times, cpu = "-", "-"
    if base:
        times = f"{wall / middle(base, lambda run: run.wall):.2f}"
        cpu = f"{control / middle(base, lambda run: run.control):.2f}"
    return (
        f"| {case.size} | {case.peer} | {len(good)}{failed} | {wall:.2f} ({min(walls):.2f} to {max(walls):.2f}) | "
        f"{times} | {control:.2f} | {cpu} | {middle(good, lambda run: run.hosts):.2f} | "
        f"{max(run.biggest for run in good):.0f}, {max(run.memory for run in good):.0f} | "
        f"{100 * middle(good, lambda run: run.foreign / run.wall):.0f} % |\n"
    )
