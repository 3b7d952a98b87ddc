"""Variables that every login or service gets and that change what CUDA does, from the files that set them.

The names are those of DCGM's check of the environment (nvvs, error 28), and those by which CUDA and NCCL hide GPUs or
give up what makes them fast (CUDA C++ Programming Guide, environment variables; NCCL, environment variables).
"""

from __future__ import annotations

from dataclasses import dataclass

from checks.facts.reading import Reading, Unknown, number

FILES = (
    "/etc/environment /etc/environment.d/* /etc/profile /etc/profile.d/*.sh /etc/bash.bashrc /etc/bashrc"
    " /etc/security/pam_env.conf /etc/systemd/system.conf /etc/systemd/system.conf.d/* /etc/default/docker"
    " /etc/default/slurmd /etc/sysconfig/docker /etc/sysconfig/slurmd /root/.bashrc /root/.profile"
)
NAMES = (
    "NSIGHT_CUDA_DEBUGGER|CUDA_(INJECTION(32|64)_PATH|AUTO_BOOST|COREDUMP_FILE|DEVICE_WAITS_ON_EXCEPTION|PROFILE"
    "|ENABLE_COREDUMP_ON_EXCEPTION|LAUNCH_BLOCKING|VISIBLE_DEVICES)|COMPUTE_PROFILE|OPENCL_PROFILE"
    "|NCCL_(P2P|SHM|IB)_DISABLE"
)

COMMAND = rf"""
set --
for file in {FILES}; do [ -f "$file" ] && [ -r "$file" ] && set -- "$@" "$file"; done
echo "read $#"
[ $# = 0 ] || grep -HE '^[^#]*\b({NAMES})([[:space:]]+DEFAULT)?=' "$@" | cut -c 1-200 | sed 's/^/set /'
exit 0
"""


@dataclass(frozen=True)
class Environment:
    """How many files were read, and the lines that set such a variable: pairs of file and line."""

    read: int
    lines: tuple[tuple[str, str], ...]


def parse(reading: Reading) -> Environment:
    """One `read` line, then `set` lines."""
    count = -1
    lines: list[tuple[str, str]] = []
    for line in reading.lines():
        kind, _, rest = line.partition(" ")
        if kind == "read":
            count = number(rest)
        elif kind == "set":
            file, _, text = rest.partition(":")
            lines.append((file, text.strip()))
        else:
            raise Unknown(f"unexpected line {line[:80]!r}")
    if count < 0:
        raise Unknown("not said how many files were read: the answer is not whole")
    return Environment(count, tuple(lines))
