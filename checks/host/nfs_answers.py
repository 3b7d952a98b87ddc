"""Every NFS server that this host has asked answers.

A program that waits for one that does not cannot be killed, and neither can what waits for it, such as a login whose
home lies there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok
from checks.profiles.profile import Profile

RESTS_ON = ("kernel_log",)
SAID = re.compile(r"nfs: server (\S+) (not responding|OK)")


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    silent: dict[str, str] = {}
    for line in facts.kernel_log.lines:
        match = SAID.search(line.text)
        if match and match[2] == "OK":
            silent.pop(match[1], None)
        elif match:
            silent[match[1]] = line.proof
    for server, proof in silent.items():
        yield fail(
            f"the NFS server {server} does not answer",
            why="whatever reads or writes there is stuck in the kernel until it does",
            evidence=proof,
            remedy=by_hand(f"ping {server}; rpcinfo -t {server} nfs; last: umount -f -l of what is mounted from it"),
            subject=server,
        )
    if not silent:
        yield ok("no NFS server is silent")
