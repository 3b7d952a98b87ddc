"""What the doctor costs: one exec, little before it, and hardly more than the slowest question that it asks."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from checks.facts import TOPICS, gather, nvlink
from checks.facts.probe import compose
from checks.facts.recording import parse
from checks.facts.shell import Local

ROOT = Path(__file__).parent.parent
INVOKE = Path(sys.executable).parent / "invoke"

BUDGET = 0.25
"""Seconds of CPU time until `invoke doctor` asks the host, where Python itself starts in START."""

START = 0.02
"""Seconds of CPU time in which Python starts on a machine that counts as usual; a slower one gets more."""


def cpu(command: Sequence[str], path: str) -> float:
    """Seconds of CPU time, user and system, that a command takes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=ROOT, env={"PATH": path, "HOME": "/nonexistent"}, capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_the_first_exec_is_reached_in_a_quarter_of_a_second_of_cpu_time(tmp_path: Path) -> None:
    sh = tmp_path / "sh"
    sh.write_text("#!/bin/false\n", encoding="utf-8")  # the exec fails: all that is measured comes before it
    sh.chmod(0o755)
    taken = []
    for _ in range(8):
        start = cpu([sys.executable, "-c", "pass"], str(tmp_path))
        taken.append(cpu([str(INVOKE), "doctor"], str(tmp_path)) / max(1, start / START))
        if taken[-1] < BUDGET:
            return
    raise AssertionError(taken)


def test_what_is_not_needed_before_the_host_is_asked_is_not_loaded_before() -> None:
    code = "import json, sys, tasks; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout))
    later = {"checks.examine", "checks.profiles.profile", "checks.texts", "checks.offline", "tests.lab.core"}
    assert not loaded & {*later, "provision.apply", "paramiko", "fabric"}


def test_gpuwright_starts_without_what_invoke_imports_for_tests() -> None:
    code = """
import json, sys
import provision.remote.program
print(json.dumps(sorted(sys.modules)))
import invoke
context = invoke.MockContext(run=invoke.Result("there"))
assert context.run("anything").stdout == "there" and context.run.called
assert invoke.util.yaml.safe_load("a: 1") == {"a": 1}
import unittest.mock
assert unittest.mock.Mock().anything() is not None
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout.splitlines()[0]))
    unused = {"unittest", "unittest.mock", "asyncio", "ssl", "invoke.vendor.yaml.reader"}
    assert not loaded & {*unused, "checks.examine", "provision.apply", "tests.lab.core"}


class Counting(Local):
    """Counts what is run."""

    execs = 0

    def run(self, script: str, deadline: float) -> str:
        self.execs += 1
        return super().run(script, deadline)


def test_a_look_is_one_exec() -> None:
    shell = Counting()
    gather(shell, {"a": "echo a", "b": "echo b"}, 5)
    assert shell.execs == 1


def test_a_host_is_examined_in_less_than_one_and_a_half_times_its_slowest_command(tmp_path: Path) -> None:
    slowest, gpus = 1.6, 8
    delays = {"nvidia-smi": slowest, "docker": 0.8, "lspci": 0.4, "ldconfig": 0.3, "dpkg-query": 0.5, "df": 0.2}
    for name, delay in delays.items():
        stub = tmp_path / name
        answer = f"echo 'GPU 0 of {gpus}'" if name == "nvidia-smi" else ":"
        counters = "case $1 in nvlink | topo) sleep 0.3; exit 0 ;; esac\n" if name == "nvidia-smi" else ""
        stub.write_text(f"#!/bin/sh\n{counters}sleep {delay}\n{answer}\n", encoding="utf-8")
        stub.chmod(0o755)
    links = nvlink.AFTER_SMI + nvlink.ASK
    asked = {"smi": "nvidia-smi -q", "nvlink": links, "docker": "docker info", "gpus": "lspci; ldconfig; df"}
    topics = {**TOPICS, **asked}
    script = compose(topics, 20).replace("PATH=/usr/local/sbin", f"PATH={tmp_path}:/usr/local/sbin")
    best = slowest * 10
    for _ in range(3):  # the machine may be busy; what the doctor adds is the least that was seen
        began = time.monotonic()
        done = subprocess.run(["sh", "-c", script], capture_output=True, stdin=subprocess.DEVNULL, check=True)
        best = min(best, time.monotonic() - began)
        if best < 1.5 * slowest:
            break
    recording = parse(done.stdout.decode(errors="replace"))
    assert recording.complete
    assert recording.readings["smi"].text == f"GPU 0 of {gpus}\n"
    assert recording.readings["nvlink"].text == "status 0\nerrors 0\n"
    assert best < 1.5 * slowest
