"""OpenSSH with our own probe: the same work on the hosts, and nothing else at this end."""

from __future__ import annotations

from bench.peers.peer import Peer, Task
from bench.work import CHECKS, DOCTOR
from checks.facts import TOPICS
from checks.facts.probe import compose
from checks.facts.root import as_root
from checks.needs import topics
from checks.select import select

AT_ONCE = 64
DEADLINE = 300
"""Seconds for a topic: hosts that share the cores of one machine are slower than hosts."""


def command(task: Task) -> tuple[list[str], dict[str, str]]:
    """`ssh HOST "$(cat script)"` for each host, 64 at once."""
    script, answers = task.folder / "probe.sh", task.folder / "answers"
    wanted = topics(select(CHECKS).checks) if task.work == DOCTOR else TOPICS
    probe = compose({topic: command for topic, command in TOPICS.items() if topic in wanted}, DEADLINE)
    script.write_text(as_root(probe), encoding="utf-8")
    answers.mkdir(exist_ok=True)
    ssh = f'exec ssh -n -F {task.ssh_config} "$0" "$(cat {script})" >{answers}/"$0"'
    if len(task.hosts) == 1:
        return ["sh", "-c", ssh, *task.hosts], {}
    names = task.folder / "names"
    names.write_text("\n".join(task.hosts) + "\n", encoding="utf-8")
    return ["xargs", "-a", str(names), "-P", str(min(len(task.hosts), AT_ONCE)), "-n", "1", "sh", "-c", ssh], {}


PEER = Peer(
    "ssh",
    (),
    command,
    'OpenSSH: `ssh HOST "$(cat script)"` with the probe that gpuwright sends for it, under `xargs -P 64` for many',
)
