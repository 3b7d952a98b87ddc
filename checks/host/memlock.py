"""A host with InfiniBand lets programs lock as much memory as RDMA needs.

A limit of some megabytes, which is the default, makes registering a buffer fail: "Cannot allocate memory", and NCCL
falls back to sockets or ends.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, ok, skipped, warn
from checks.profiles.profile import Profile

RESTS_ON = ()
GIB = 1024**3


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    machine = facts.machine
    if not machine.infiniband:
        yield ok("no InfiniBand device needs locked memory")
    elif machine.memlock is None:
        yield skipped("not applicable: this host's sh does not tell its limits")
    elif machine.memlock == -1 or machine.memlock >= 16 * GIB:
        yield ok("memory can be locked as RDMA needs it")
    else:
        yield warn(
            f"only {machine.memlock // 1024} KiB of memory can be locked",
            why="RDMA over InfiniBand registers gigabytes of it; NCCL then fails or uses sockets",
            evidence=f"ulimit -H -l: {machine.memlock // 1024}; /sys/class/infiniband: {machine.infiniband[0]}",
            remedy=by_hand("'* - memlock unlimited' in /etc/security/limits.d/rdma.conf; LimitMEMLOCK in units"),
        )
