"""Docker stores images as layers that share what they have in common.

vfs copies every layer whole, so one CUDA image takes its size many times; devicemapper on loop files is slow and gone
from docker 25 on, aufs and overlay from 24 on.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, ok, warn
from checks.profiles.profile import Profile

RESTS_ON = ("docker_running",)
GONE = ("devicemapper", "aufs", "overlay")
NO_LAYERS = ("overlayfs", "fuseblk", "zfs", "nfs", "nfs4")
"""File systems on which overlay2 does not work, so vfs is all there is."""


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    storage, root = facts.docker.storage, facts.containers.root
    kind = root.kind if root else ""
    remedy = by_hand("storage-driver overlay2 in daemon.json, restart docker; images are then pulled anew")
    if storage == "vfs" and kind not in NO_LAYERS:
        yield warn(
            "docker copies every layer of an image whole (vfs)",
            why="CUDA images of 5 GB take 50 and minutes to start",
            evidence=f"docker info: Driver vfs; {root.path if root else 'the data root'} is {kind or 'unknown'}",
            remedy=remedy,
        )
    elif storage in GONE:
        yield warn(
            f"docker's storage driver {storage} is gone from newer versions",
            why="after an upgrade docker does not start with it, or does not see its images",
            evidence=f"docker info: Driver {storage}, version {facts.docker.version}",
            remedy=remedy,
            when="next upgrade of docker",
        )
    else:
        yield ok(f"docker's storage driver is {storage}{f', all that works on {kind}' if storage == 'vfs' else ''}")
