"""Twenty provisioned hosts, eight of them bad in their own way, and the rollout that goes through them.

Nothing here logs in to a host: only the rollout does, so that what sshd was asked for can be counted.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.onhosts.fab import ROOT, command, environment

if TYPE_CHECKING:
    from tests.lab.host import Host

STANDIN = ROOT / "tests/fleet/standin"

PROFILE = """\
name = "fewer-downloads"
extends = "debian"

[docker.daemon]
max-concurrent-downloads = 5
"""
"""The small change: one key of daemon.json, which docker takes over by a reload."""

MISMATCH = "echo 525.0.1 >/sys/module/nvidia/version; echo 9 >/sys/module/nvidia/refcnt"
"""The loaded module is another than its library and in use, so that only a reboot helps."""

JOB = """\
[ -e /dev/nvidia7 ] || mknod -m 666 /dev/nvidia7 c 1 3
cat >/usr/local/bin/job <<'END'
#!/bin/sh
exec 3</dev/nvidia7
until [ -e /run/job-ends ]; do sleep 0.2; done
touch /var/tmp/job-ended
END
chmod 755 /usr/local/bin/job
systemd-run -q --unit=job /usr/local/bin/job
"""
"""A program that has a GPU open until it is told to end; the node is the null device's, under the name of a GPU."""

XID = "NVRM: Xid (PCI:0000:3b:00): 48, pid=1234, name=python3, An uncorrectable double bit error (DBE)"
BAD_MEMORY = f"""\
mkdir -p /etc/systemd/system/docker.service.d
cat >/etc/systemd/system/docker.service.d/xid.conf <<'END'
[Service]
ExecReload=/bin/sh -c 'echo "[%s] {XID}" >>/run/gpuwright-lab/kernel.log'
END
sed -i "s/%s/$(cut -d' ' -f1 /proc/uptime)/" /etc/systemd/system/docker.service.d/xid.conf
systemctl daemon-reload
"""
"""A GPU whose memory fails when docker takes over the change."""

DAMAGES = """\
cat >/etc/systemd/system/site.service <<'END'
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/true
ExecStop=/bin/sh -c 'mv /lib/modules/*/updates/dkms/nvidia-current.ko /root/'
END
systemctl daemon-reload
systemctl start site
"""
"""The driver's module is lost while the host goes down, so that the next boot cannot load it."""

REPAIRS = "mv /root/nvidia-current.ko /lib/modules/*/updates/dkms/; rm /etc/systemd/system/site.service"

OTHER_KEY = """\
mkdir -p /root/keys && cp -p /etc/ssh/ssh_host_* /root/keys/
rm /etc/ssh/ssh_host_*
ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key
systemctl restart ssh
"""
OWN_KEY = "cp -p /root/keys/* /etc/ssh/ && systemctl restart ssh"

RUNS = "ls /var/lib/gpuwright/runs 2>/dev/null"


@dataclass(frozen=True)
class Twenty:
    """The hosts in the order of the rollout, the stand-in's folder of state, and a folder for the record.

    `runs_before` is how many runs each host has recorded from the provisioning that it starts with.
    """

    hosts: tuple[Host, ...]
    state: Path
    folder: Path
    runs_before: int

    def inside(self, number: int, script: str, *, check: bool = True) -> str:
        """What a script prints on the host of that number (from 1), run without a login."""
        return self.hosts[number - 1].inside("/bin/bash", "-c", script, check=check).stdout

    def name(self, number: int) -> str:
        """The name of the host of that number."""
        return self.hosts[number - 1].name

    def when_drained(self, number: int, script: str) -> None:
        """The stand-in for scontrol runs this here when it drains that node."""
        (self.state / f"{self.name(number)}.on-drain").write_text(script)

    def start(self, *flags: str) -> subprocess.Popen[str]:
        """Start the rollout; always the same command line but for these flags."""
        (self.folder / "profile.toml").write_text(PROFILE)
        arguments = (
            *("rollout", "--hosts", ",".join(one.name for one in self.hosts)),
            *("--profile", str(self.folder / "profile.toml"), "--record", str(self.folder / "record.jsonl")),
            *("--canary", "2", "--wave", "6", "--max-failures", "2", "--drain", "slurm", "--workers", "4"),
            *("--on-pause", f"echo paused >>{self.folder}/paused"),
        )
        path = f"{STANDIN}{os.pathsep}{os.environ['PATH']}"
        return subprocess.Popen(
            [*command("", *arguments), *flags],
            cwd=ROOT,
            env=environment() | {"PATH": path, "STANDIN_STATE": str(self.state)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def roll(self, *flags: str) -> tuple[int, str]:
        """Roll out to the end, or to a pause."""
        process = self.start(*flags)
        said, _ = process.communicate(timeout=300)
        return process.returncode, said

    def record(self) -> list[dict[str, Any]]:
        """The events of the rollout's record."""
        return [json.loads(line) for line in (self.folder / "record.jsonl").read_text().splitlines()]

    def ended(self) -> dict[int, tuple[str, str]]:
        """How each host's last turn ended, and why, by its number."""
        last = {event["host"]: (event["state"], event["why"]) for event in self.record() if event["event"] == "host"}
        return {number: last[one.name] for number, one in enumerate(self.hosts, 1) if one.name in last}

    def execs(self, *numbers: int) -> list[int]:
        """How many commands the sshd of each of these was asked for so far."""
        return [self.hosts[number - 1].exec_requests() for number in numbers]

    def runs(self, number: int) -> int:
        """How many runs the host has recorded since."""
        return len(self.inside(number, RUNS, check=False).split()) - self.runs_before

    def changed(self) -> set[int]:
        """The hosts on which the change has arrived."""
        ask = "grep -c max-concurrent-downloads /etc/docker/daemon.json 2>/dev/null || true"
        return {number for number in range(1, 21) if self.inside(number, ask).strip() == "1"}

    def drained(self) -> dict[int, str]:
        """The nodes that are out of service, with the reason."""
        reasons = {number: self.state / f"{self.name(number)}.reason" for number in range(1, 21)}
        return {number: file.read_text() for number, file in reasons.items() if file.exists()}


def reaches_into(one: Host) -> str:
    """The folder under which this machine sees the host's own root, as long as this boot lasts."""
    return f"/proc/{(one.machine / 'init.pid').read_text().strip()}/root"


def fsfreeze() -> str:
    """The program that stops a file system."""
    return shutil.which("fsfreeze") or "/sbin/fsfreeze"
