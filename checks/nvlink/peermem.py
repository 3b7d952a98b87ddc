"""Where GPUs and InfiniBand are in one host, the network adapter can reach the GPUs' memory.

nvidia-peermem lets it (GPUDirect RDMA); without it data go through the host's memory, at a fraction of the speed. Newer
stacks use DMA-BUF instead, and do not need it.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.infiniband import ACTIVE
from checks.finding import Finding, by_command, ok, skipped, warn
from checks.profiles.profile import Profile

RESTS_ON = ("driver_loaded",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    active = [port for port in facts.infiniband if port.state == ACTIVE and port.layer == "InfiniBand"]
    if not active:
        yield skipped("not applicable: no active InfiniBand port")
    elif "nvidia_peermem" in facts.modules:
        yield ok("nvidia_peermem is loaded")
    else:
        yield warn(
            "nvidia_peermem is not loaded",
            why="unless the stack uses DMA-BUF, data between hosts go through main memory instead of GPU to GPU",
            evidence=f"no /sys/module/nvidia_peermem; {len(active)} InfiniBand port(s) active",
            remedy=by_command("modprobe nvidia-peermem", undo="modprobe -r nvidia-peermem"),
        )
