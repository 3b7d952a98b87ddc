"""gpuwright, as its users run it: installed (not editable) in an environment of its own."""

from __future__ import annotations

from pathlib import Path

from bench.peers.peer import Peer, Task
from bench.work import CHECKS, DOCTOR

ROOT = Path(__file__).parent.parent.parent


def command(task: Task) -> tuple[list[str], dict[str, str]]:
    """One host: `-H`. Many: the fleet's verbs, where converging finished hosts is planning and finding nothing."""
    start = [str(task.bin / "gpuwright"), "-S", str(task.ssh_config)]
    chosen = ["--only", CHECKS] if task.work == DOCTOR else []
    if len(task.hosts) == 1:
        verb = ["doctor"] if task.work == DOCTOR else ["provision", "--yes"]
        return [*start, "-H", task.hosts[0], *verb, *chosen], {}
    names = task.folder / "hosts"
    names.write_text("\n".join(task.hosts) + "\n", encoding="utf-8")
    verb = ["fleet.doctor" if task.work == DOCTOR else "fleet.plan", "--hosts-file", str(names), "--deadline", "300s"]
    return [*start, *verb, *chosen], {}


PEER = Peer(
    "gpuwright",
    (f"{ROOT}[fleet]",),
    command,
    "`gpuwright -H HOST doctor --only CHECKS` and `provision --yes`; `fleet.doctor --only` and `fleet.plan` for many, "
    "64 at once",
)
