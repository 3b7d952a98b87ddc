"""No variable that every login or service gets changes what CUDA does.

Left over from a debugging session, it slows every job down, or hides GPUs from it, and the job's own log does not tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, ok, warn
from checks.profiles.profile import Profile

RESTS_ON = ()
NAME = re.compile(r"\b(?:CUDA|NCCL|NSIGHT|COMPUTE|OPENCL)_[A-Z0-9_]+")
WHY = {
    "CUDA_VISIBLE_DEVICES": "hides GPUs from every program",
    "CUDA_LAUNCH_BLOCKING": "lets no kernel run beside another",
    "NCCL_P2P_DISABLE": "sends what GPUs tell each other through the host's memory",
    "NCCL_SHM_DISABLE": "sends what GPUs tell each other through the network",
    "NCCL_IB_DISABLE": "keeps NCCL off InfiniBand",
}
OTHERWISE = "is a debugger's or profiler's, and slows every job down"


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    found = facts.environment.lines
    if not found:
        yield ok(f"{facts.environment.read} file(s) set none of CUDA's variables for everybody")
        return
    names = sorted({match[0] for _, line in found if (match := NAME.search(line))})
    yield warn(
        f"set for everybody: {', '.join(names)}",
        why="; ".join(f"{name} {WHY.get(name, OTHERWISE)}" for name in names),
        evidence=f"{found[0][0]}: {found[0][1]}",
        remedy=by_hand(f"take it out of {', '.join(dict.fromkeys(file for file, _ in found))}; log in anew"),
    )
