"""What CRI-O is told lies where it reads, and its default runtime is one that it knows.

nvidia-ctk 1.18.0 to 1.19.0 wrote to /etc/crio/conf.d; CRI-O reads /etc/crio/crio.conf.d (fixed in 1.19.1).
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.cri import CRIO, UNREAD
from checks.finding import Finding, by_command, by_hand, fail, ok, skipped
from checks.profiles.profile import Profile

RESTS_ON: tuple[str, ...] = ()


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    cri = facts.cri
    runtimes, default = cri.crio.get("runtimes"), cri.crio.get("default_runtime")
    known = runtimes if isinstance(runtimes, dict) else {}
    broken = [(path, problem) for path, problem in cri.problems if path.startswith(CRIO)]
    if cri.unread:
        path = cri.unread[0]
        there = path.replace(UNREAD, f"{CRIO}crio.conf.d/")
        yield fail(
            f"CRI-O does not read {path}",
            why="it has no NVIDIA runtime, so pods that ask for it do not start",
            evidence=f"{path} exists; CRI-O reads {CRIO}crio.conf.d",
            remedy=by_command(f"mv {path} {there}", f"mv {there} {path}"),
        )
    elif broken:
        path, problem = broken[0]
        yield fail(
            f"{path} is no TOML",
            why="CRI-O does not start with it",
            evidence=f"{path}: {problem}",
            remedy=by_hand(f"mend {path}, systemctl restart crio"),
        )
    elif isinstance(default, str) and default not in ("runc", "crun", *known):
        yield fail(
            f"CRI-O's default runtime {default} is not among its runtimes",
            why="CRI-O does not start",
            evidence=f"default_runtime = {default}; runtimes: {', '.join(known) or 'none'}",
            remedy=by_hand("nvidia-ctk runtime configure --runtime=crio, systemctl restart crio"),
        )
    elif not any(path.startswith(CRIO) for path in cri.texts):
        yield skipped("not applicable: there is no CRI-O here")
    else:
        yield ok(f"CRI-O's default runtime is {default or 'its own'}")
