"""Power supply and firmware of one host: boots it, boots it again when it reboots, stops when it powers off.

Runs as a script of its own, without this package, because twenty of them start at once:
`supervisor.py MACHINE CGROUP HELPERS`. How its PID 1 died says what the host wanted: a reboot ends with SIGHUP, a
power-off with SIGINT (pid_namespaces(7)); SIGKILL is a pulled plug, and `restart` in the machine plugs it in again.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

# A real firmware takes its time too; a connection made at once would still meet the old host.
DOWN_SECONDS = 0.3
SCRIPT = Path(__file__).resolve().with_name("boot.sh")


def join(cgroup: Path) -> None:
    """Move this process into a control group."""
    (cgroup / "cgroup.procs").write_text("0")


def boot(machine: Path, cgroup: Path) -> int:
    """Run the host until its PID 1 ends, in namespaces of its own; return how it ended."""
    cgroup.mkdir(parents=True, exist_ok=True)
    pid = os.fork()
    if pid == 0:
        join(cgroup)
        words = command(machine, Path("/proc/uptime").read_text().partition(".")[0])
        os.execvp(words[0], words)  # noqa: S606  the words are ours
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


def command(machine: Path, uptime: str) -> list[str]:
    """Return the command line that becomes PID 1; its clock of uptime starts at nought."""
    namespaces = ["--mount", "--uts", "--ipc", "--pid", "--cgroup", "--time", f"--boottime=-{uptime}"]
    unshare = ["unshare", *namespaces, "--fork", "--kill-child"]
    return ["nsenter", f"--net={machine}/netns", *unshare, "sh", str(SCRIPT), str(machine)]


def wants_to_start_again(machine: Path, ended: int) -> bool:
    """Whether the host rebooted, or somebody cut its power only for a moment."""
    asked = machine / "restart"
    if asked.exists():
        asked.unlink()
        return True
    return ended in {-signal.SIGHUP, 128 + signal.SIGHUP}


def remove_groups(cgroup: Path) -> None:
    """Take away the control groups that the host made."""
    for folder, _, _ in os.walk(cgroup, topdown=False):
        Path(folder).rmdir()


def main(machine: Path, cgroup: Path, helpers: Path) -> None:
    """Keep the host running."""
    join(helpers)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    while True:
        ended = boot(machine, cgroup)
        print(f"{time.strftime('%F %T')} the host ended with {ended}", flush=True)
        if not wants_to_start_again(machine, ended):
            break
        time.sleep(DOWN_SECONDS)
        remove_groups(cgroup)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
