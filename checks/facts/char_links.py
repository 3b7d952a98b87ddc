"""The links /dev/char/MAJOR:MINOR of NVIDIA's device nodes, by which systemd finds a container's devices again.

NVIDIA's driver makes none (NVIDIA/nvidia-docker issue 1730).
"""

from __future__ import annotations

from dataclasses import dataclass

from checks.facts.reading import Reading, Unknown, words

COMMAND = r"""
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then echo "cgroup 2"; else echo "cgroup 1"; fi
set --
for node in /dev/nvidia* /dev/nvidia-caps/nvidia-cap*; do
    [ -c "$node" ] && set -- "$@" "$node"
done
[ $# = 0 ] || stat -c '%t %T %n' "$@" | while read -r major minor node; do
    link=/dev/char/$((0x$major)):$((0x$minor))
    # shellcheck disable=SC3013 # dash, bash and busybox all have -ef
    [ "$link" -ef "$node" ] || echo "missing $link $node"
done
exit 0
"""


@dataclass(frozen=True)
class CharLinks:
    """The version of the control groups, and the links that are missing, or lead elsewhere, with each one's node."""

    cgroup: int
    missing: dict[str, str]


def parse(reading: Reading) -> CharLinks:
    """A `cgroup` line, and one line for each missing link."""
    cgroup = 0
    missing: dict[str, str] = {}
    for line in reading.lines():
        if line in ("cgroup 1", "cgroup 2"):
            cgroup = int(line[-1])
        elif line.startswith("missing "):
            _, link, node = words(line, 3)
            missing[link] = node
        else:
            raise Unknown(f"unexpected line {line[:80]!r}")
    if not cgroup:
        raise Unknown("no line about the control groups")
    return CharLinks(cgroup, missing)
