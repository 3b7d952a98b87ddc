"""The next kernel that the package manager brings comes with its headers.

The package that follows new kernels (linux-image-amd64) and the one that follows their headers are two. Without the
second, the next upgrade installs a kernel that DKMS cannot build the driver for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, ok, warn
from checks.profiles.profile import Profile

RESTS_ON = ("driver_built",)
_FOLLOWS = re.compile(r"linux-image-([a-z][a-z0-9-]*)$")


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    if not facts.dkms:
        yield ok("the driver is not built by DKMS here")
        return
    archive = facts.archive
    lacking = [
        (name, headers)
        for name in facts.packages.by_name
        if (match := _FOLLOWS.match(name)) and facts.packages.installed(name)
        if not facts.packages.installed(headers := f"linux-headers-{match[1]}")
    ]
    for name, headers in lacking:
        waiting = archive.packages.get(name) if archive else None
        pending = waiting is not None and waiting.candidate not in ("", waiting.installed)
        yield warn(
            f"{name} follows new kernels, and {headers} is not installed",
            why="DKMS cannot build the driver for the next kernel, and the host boots it without its GPUs",
            evidence=f"{name}: {waiting.installed} -> {waiting.candidate} is waiting"
            if waiting and pending
            else f"dpkg-query: {name} {facts.packages.by_name[name].version}; no {headers}",
            remedy=by_hand(f"apt install {headers}"),
            when="next kernel upgrade",
        )
    if not lacking:
        yield ok("kernels come with their headers")
