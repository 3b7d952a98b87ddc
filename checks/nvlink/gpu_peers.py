"""Every two GPUs behind NVSwitches reach each other's memory.

Where they do not, CUDA and NCCL fall back to the host's memory without a word, at a tenth of the speed.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.nvlink import expected_switches
from checks.finding import Finding, by_hand, ok, skipped, warn
from checks.profiles.profile import Profile

RESTS_ON = ("nvlink_up", "fabric_state")
REACHED = ("OK", "X")
MEANING = {
    "CNS": "the chipset does not support it",
    "GNS": "the GPU does not support it",
    "TNS": "the topology does not support it",
    "NS": "not supported",
    "DR": "disabled by a setting of the driver",
    "U": "unknown",
}
"""What `nvidia-smi topo -p2p` says in its own legend."""


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    peers, links = facts.nvlink.peers, [gpu for gpu in facts.nvlink.gpus if gpu.speeds]
    if not expected_switches(facts.pci) or any(gpu.mig for gpu in facts.smi.answering):
        yield skipped("not applicable: no board with NVSwitches, or MIG is on")
    elif not peers:
        yield skipped("nvidia-smi topo -p2p did not tell")
    elif bad := [(one, other, said) for one, other, said in peers if said not in REACHED]:
        one, other, said = bad[0]
        yield warn(
            f"{one} does not reach {other}'s memory: {MEANING.get(said, said)}",
            why="what they tell each other goes through the host's memory, at a tenth of the speed",
            evidence=f"nvidia-smi topo -p2p r: {one}, {other}: {said}; {len(bad)} such pairs",
            remedy=by_hand("read the fabric manager's log; see NVreg_RegistryDwords and the IOMMU; reset the GPUs"),
        )
    else:
        yield ok(f"{len(links)} GPUs reach each other's memory")
