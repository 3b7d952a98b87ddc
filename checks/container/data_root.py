"""Docker's data root has room for images, and lies on a disk of this machine.

CUDA images take 5 to 20 GB each; a full disk stops pulls, running containers, and docker itself. On NFS or SMB overlay2
does not work, and every start of a container waits for the network.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok, skipped, warn
from checks.profiles.profile import Profile

RESTS_ON = ("docker_running",)
REMOTE = ("nfs", "nfs4", "cifs", "smb2", "smb", "fuseblk", "ceph", "lustre", "9p", "v9fs", "gpfs")
GIB = 1 << 30


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    root = facts.containers.root
    if root is None:
        yield skipped("not applicable: docker was not up when it was asked")
        return
    evidence = f"{root.path} ({root.kind}): {root.free / GIB:.1f} GiB of {root.size / GIB:.1f} free"
    remedy = by_hand("docker system df; docker image prune, or data-root on a larger disk in daemon.json")
    if root.inodes and not root.inodes_free:
        yield fail(
            "there are no inodes left for docker's data",
            why="nothing can be pulled or written: no space left on device, though df shows space",
            evidence=f"df -i {root.path}: {root.inodes_free} of {root.inodes} free",
            remedy=remedy,
        )
    elif root.free < GIB:
        yield fail("docker's disk is full", why="no image can be pulled", evidence=evidence, remedy=remedy)
    elif root.free < 10 * GIB:
        yield warn(
            f"{root.free / GIB:.1f} GiB are left for docker's images",
            why="one CUDA image takes 5 to 20 GB",
            evidence=evidence,
            remedy=remedy,
            when="next pull",
        )
    elif root.kind in REMOTE:
        yield warn(
            f"docker's data lies on {root.kind}",
            why="overlay2 does not work there, or every start of a container waits for the network",
            evidence=evidence,
            remedy=by_hand("data-root on a local disk in daemon.json"),
        )
    else:
        yield ok(f"{root.free / GIB:.0f} GiB are free for docker's data", evidence)
