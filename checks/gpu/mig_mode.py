"""MIG is on or off as it was set, and alike on all GPUs of one model.

A change of the mode takes effect only at a reset of the GPU, and fails while something uses it. GPUs that differ get
jobs that do not fit them.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, ok, skipped, warn
from checks.profiles.mig import asked
from checks.profiles.profile import Profile

RESTS_ON = ("nvidia_smi",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    gpus = [gpu for gpu in facts.smi.answering if gpu.says("MIG Mode/Current")]
    waiting = [gpu for gpu in gpus if gpu.says("MIG Mode/Pending") not in ("", gpu.says("MIG Mode/Current"))]
    for gpu in waiting:
        current, pending = gpu.says("MIG Mode/Current"), gpu.says("MIG Mode/Pending")
        yield warn(
            f"MIG is {current.lower()} and becomes {pending.lower()}",
            why="the change waits for a reset, which something that uses the GPU has prevented",
            evidence=f"nvidia-smi -q: MIG Mode: Current {current}, Pending {pending}",
            remedy=by_hand(f"end what uses the GPU, then reset it: nvidia-smi -r -i {gpu.address}"),
            when="next reset",
            subject=gpu.address,
        )
    mixed = [name for name in {g.name for g in gpus} if len({g.mig for g in gpus if g.name == name}) > 1]
    meant = asked(profile)  # mig_layout compares each GPU with what the profile says of it
    for name in [] if waiting or meant else sorted(mixed):
        on = [gpu.address for gpu in gpus if gpu.name == name and gpu.mig]
        yield warn(
            f"MIG is on for some of the {name} and off for others",
            why="a scheduler that takes them for equals places jobs that do not fit",
            evidence=f"nvidia-smi -q: MIG Mode: Current Enabled on {', '.join(on)}",
            remedy=by_hand("if it is not meant so, set all alike: nvidia-smi -i ADDRESS -mig 0 or 1"),
        )
    if not gpus:
        yield skipped("not applicable: these GPUs have no MIG")
    elif not waiting and (meant or not mixed):
        yield ok(f"MIG is on for {sum(gpu.mig for gpu in gpus)} of {len(gpus)} GPU(s)")
