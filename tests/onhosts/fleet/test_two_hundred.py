"""Two hundred hosts in one fleet.doctor, on two processors and in little memory.

The hosts are names: twenty for each of ten lab hosts, with a connection, a login and a probe of its own for each name.
The hosts' own work is done by this machine too, which no real fleet asks of the control machine.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.lab.fixtures import unique
from tests.onhosts.fab import ROOT, command, environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.core import Lab
    from tests.lab.host import Host

pytestmark = [pytest.mark.lab, pytest.mark.slow]

MEASURED = logging.getLogger(__name__)
"""Shown with --log-cli-level=INFO; docs/results has the numbers of a run."""

HOSTS, REAL = 200, 10
MOST = 1_000_000_000
"""Bytes that the control side may take in all, with every ssh and sh that it starts."""


@pytest.fixture
def ten(lab: Lab) -> Iterator[list[Host]]:
    names = [unique("two") for _ in range(REAL)]
    yield lab.up(names, os="debian12", gpus="a100:1")
    lab.down(names)


@dataclass
class Memory:
    """The most that a process and all below it held at once, in bytes: their proportional set sizes, every 0.1 s.

    `largest` is the most that the process alone held.
    """

    pid: int
    most: int = 0
    largest: int = 0

    def watch(self, over: threading.Event) -> None:
        while not over.wait(0.1):
            sizes = [_held(pid) for pid in _below(self.pid)]
            self.most, self.largest = max(self.most, sum(sizes)), max(self.largest, sizes[0])


def _below(pid: int) -> list[int]:
    """A process and its descendants."""
    found = [pid]
    for parent in found:
        with suppress(OSError):  # it has just ended
            for task in Path(f"/proc/{parent}/task").iterdir():
                found += map(int, (task / "children").read_text().split())
    return found


def _held(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def test_two_hundred_hosts_all_answer(ten: list[Host], tmp_path: Path) -> None:
    names = [f"node{number:03d}" for number in range(1, HOSTS + 1)]
    config = tmp_path / "ssh_config"
    config.write_text("".join(_block(name, ten[number % REAL]) for number, name in enumerate(names)))
    # Fewer at once than for real hosts, which answer with processors of their own.
    quick = ("--deadline", "120s", "--workers", "16")
    arguments = ("fleet.doctor", "--hosts", "node[001-200]", "--format", "json", *quick)
    began, before = time.monotonic(), _cpu_of_children()
    process = subprocess.Popen(
        command("", *arguments, core=("-S", str(config))),
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.sched_setaffinity(process.pid, sorted(os.sched_getaffinity(0))[:2])
    memory, over = Memory(process.pid), threading.Event()
    watching = threading.Thread(target=memory.watch, args=(over,))
    watching.start()
    try:
        out, said = process.communicate(timeout=500)
    finally:
        process.kill()
        over.set()
        watching.join()
    took = time.monotonic() - began
    used = _cpu_of_children() - before
    answers = [json.loads(line) for line in out.splitlines()]
    MEASURED.info(
        "%.1f s, %.1f s of processor time, fab %.0f MB, all %.0f MB",
        took,
        used,
        memory.largest / 1e6,
        memory.most / 1e6,
    )
    assert [answer["host"] for answer in answers] == names, said
    assert [answer["error"] for answer in answers if "error" in answer] == [], said
    # Each is a whole examination of a bare host, which cannot be well.
    assert {answer["verdict"] for answer in answers} == {"fail"}
    assert min(len(answer["findings"]) for answer in answers) > 50
    assert process.returncode == 1
    assert memory.most < MOST


def _block(name: str, one: Host) -> str:
    options = {
        "HostName": one.address,
        "HostKeyAlias": one.name,
        "User": "ops",
        "IdentityFile": one.home.key,
        "IdentitiesOnly": "yes",
        "UserKnownHostsFile": one.home.known_hosts,
        "StrictHostKeyChecking": "yes",
    }
    return f"Host {name}\n" + "".join(f"  {key} {value}\n" for key, value in options.items())


def _cpu_of_children() -> float:
    times = os.times()
    return times.children_user + times.children_system
