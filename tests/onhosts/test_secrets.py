"""Secrets planted on both sides are found nowhere after real runs: not in argv, logs, recordings, or errors."""

from __future__ import annotations

import json
import secrets
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.lab import cgroups
from tests.lab.fixtures import MakeHost, host, lab
from tests.lab.host import Host
from tests.onhosts import fab
from tests.remote.realsshd import write

__all__ = ["host", "lab"]

pytestmark = [pytest.mark.lab, pytest.mark.slow]

PLANTED = ("etc/environment", "etc/docker/daemon.json", "root/.docker/config.json", "home/pw/.docker/config.json")
"""Where the operator of the host keeps them."""

STRACE = ("strace", "-f", "-qq", "-v", "-s", "200000", "-e", "trace=execve", "-e", "signal=none")
"""Every program that is started, with its arguments and its environment."""


@contextmanager
def watched(machine: Host, log: Path) -> Iterator[None]:
    """Write down every program that the host's sshd and systemd start."""
    pids = [str(pid) for pid in cgroups.processes(machine.cgroup)]
    attach = [word for pid in pids for word in ("-p", pid)]
    with subprocess.Popen([*STRACE, "-o", str(log), *attach], stderr=subprocess.DEVNULL) as process:
        time.sleep(1)
        try:
            yield
        finally:
            process.send_signal(signal.SIGINT)


def arguments(log: Path) -> str:
    """What was started, without the environments."""
    return "\n".join(line.rpartition("], [")[0] for line in log.read_text(errors="replace").splitlines())


def left_on(machine: Host, secret: bytes) -> list[str]:
    """The files in which it is found, of those that changed since the host was made, and what lies in memory."""
    upper = machine.machine / "upper"
    files = [path for path in upper.rglob("*") if path.is_file() and not path.is_symlink()]
    assert files, upper
    found = [str(path.relative_to(upper)) for path in files if secret in path.read_bytes()]
    memory = machine.inside("grep", "-rlsaF", secret.decode(), "/run", "/tmp", "/dev/shm", check=False).stdout.split()
    return [name for name in (*found, *memory) if name not in PLANTED]


def test_planted_secrets_are_found_nowhere(host: MakeHost, tmp_path: Path) -> None:
    sudo, proxy, token = (f"{word}-{secrets.token_hex(8)}" for word in ("Sudo", "Proxy", "Token"))
    machine = host(gpus="a100:1").settle()
    machine.inside("sh", "-c", f"echo 'pw:{sudo}' | chpasswd")
    url = f"http://joe:{proxy}@proxy.invalid:3128"
    write(machine, "/etc/environment", f'no_proxy="*"\nhttps_proxy="{url}"\n')
    daemon = {"proxies": {"http-proxy": url}, "log-opts": {"splunk-token": token}}
    write(machine, "/etc/docker/daemon.json", json.dumps(daemon))
    for home in ("/root", "/home/pw"):
        write(machine, f"{home}/.docker/config.json", json.dumps({"auths": {"nvcr.io": {"auth": token}}}))
    env = fab.environment() | {"FABRIC_SUDO_PASSWORD": sudo, "https_proxy": url, "no_proxy": "*"}
    recording, there, here = tmp_path / "host.rec", tmp_path / "there", tmp_path / "here"

    def run(*words: str, password: str = sudo) -> subprocess.CompletedProcess[str]:
        command = [*STRACE, "-A", "-o", str(here), *fab.command(f"pw@{machine.name}", *words)]
        return subprocess.run(
            command,
            cwd=fab.ROOT,
            env=env | {"FABRIC_SUDO_PASSWORD": password},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    with watched(machine, there):
        runs = [
            run("doctor", "-v"),
            run("record", "-o", str(recording)),
            run("provision", "--only", "package_sources", "--yes", "-v"),
            run("rollback"),
            run("unprovision", "--yes", "-v"),
            run("doctor", password=f"{sudo}x"),
        ]
    assert [done.returncode for done in runs] == [1, 0, 1, 0, 0, 77], "\n".join(done.stderr for done in runs)
    texts = {f"fab {n}": done.stdout + done.stderr for n, done in enumerate(runs)}
    texts |= {"argv there": arguments(there), "argv here": arguments(here)}
    texts["recording"] = recording.read_text(encoding="utf-8")
    texts["journal"] = machine.inside("journalctl", "-a", "-o", "export", "--no-pager").stdout
    assert '"sudo", "-k", "-S"' in texts["argv there"], "what runs on the host is seen"
    assert '"apt-get"' in texts["argv there"], "its detached steps too"
    assert '"ssh", "-G"' in texts["argv here"]
    assert "uid 0" in texts["recording"]
    assert "COMMAND=" in texts["journal"], "sudo's log is there"
    for secret in (sudo, proxy, token):
        assert [where for where, text in texts.items() if secret in text] == []
        assert left_on(machine, secret.encode()) == []
    assert sudo not in there.read_text(errors="replace"), "nor in an environment on the host"
