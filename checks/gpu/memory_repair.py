"""No repair of a GPU's memory or processors is pending, and none of its memory is beyond repair.

Drivers say so from branch 590 on.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok, skipped, warn
from checks.profiles.profile import Profile

RESTS_ON = ("nvidia_smi",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    gpus = [gpu for gpu in facts.smi.answering if gpu.says("ECC Errors/Unrepairable Memory")]
    found = []
    for gpu in gpus:
        pending = [part for part in ("Channel", "TPC") if gpu.says(f"ECC Errors/{part} Repair Pending") == "Yes"]
        if gpu.says("ECC Errors/Unrepairable Memory") == "Yes":
            found.append(
                fail(
                    "memory of the GPU cannot be repaired",
                    why="errors from it come back after every reset",
                    evidence="nvidia-smi -q: ECC Errors: Unrepairable Memory Yes",
                    remedy=by_hand("take the host out of service and have the GPU replaced"),
                    subject=gpu.address,
                )
            )
        elif pending:
            found.append(
                warn(
                    f"a repair is pending: {' and '.join(pending)}",
                    why="the defective part is in use until the GPU is reset",
                    evidence=f"nvidia-smi -q: ECC Errors: {pending[0]} Repair Pending Yes",
                    remedy=by_hand(f"drain the GPU and reset it: nvidia-smi -r -i {gpu.address}"),
                    subject=gpu.address,
                )
            )
    yield from found
    if not gpus:
        yield skipped(facts.smi.unreported("repairs"))
    elif not found:
        yield ok(f"no repair is pending on {len(gpus)} GPU(s)")
