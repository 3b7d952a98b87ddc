"""Logins by ssh may open the GPUs.

Clusters hide them there on purpose, so that jobs come by Slurm (deepops does): `nvidia-smi` then finds no devices, and
nothing is broken.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok
from checks.profiles.profile import Profile

RESTS_ON = ()
NO_DEVICES = 6
"""nvidia-smi's status when it finds none."""


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    rules = [
        (file, rule) for file, rule in facts.isolation.logins if "nvidia" in rule or rule.startswith("DevicePolicy")
    ]
    hidden = [(file, rule) for file, rule in rules if rule.endswith(("=closed", "=strict"))] or rules
    if not hidden:
        yield ok("no rule of systemd keeps logins from the GPUs")
        return
    file, rule = hidden[0]
    if facts.smi.status == NO_DEVICES:
        yield fail(
            "this login may not open the GPUs, by a rule of systemd: nothing else need be broken",
            why="nvidia-smi finds no devices here, and would find them in a job",
            evidence=f"{file}: {rule}; nvidia-smi: {facts.smi.text.splitlines()[0] if facts.smi.text else ''}",
            remedy=by_hand("ask from a job instead: srun --gpus=1 nvidia-smi; or take the rule out, and log in anew"),
        )
    else:
        yield ok(f"a rule for logins ({file}), and the GPUs are seen all the same", evidence=rule)
