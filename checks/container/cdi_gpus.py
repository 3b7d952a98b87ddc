"""The CDI specs define every GPU that this host has.

A spec made before a GPU was added, or while one was away, hides it from containers; the refresh does not see GPUs come.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_command, fail, ok, skipped
from checks.profiles import cdi_settings
from checks.profiles.profile import Profile

RESTS_ON = ("nvidia_smi", "cdi_stale", "cdi_twice")


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    numbers = {number for spec in facts.cdi.gpus for number in cdi_settings.numbers(spec)}
    want = {gpu.index for gpu in facts.smi.gpus}
    if not numbers:
        yield skipped("not applicable: no CDI spec defines GPUs by their number")
    elif want - numbers:
        path = facts.cdi.gpus[-1].path
        yield fail(
            f"the CDI specs define {len(want & numbers)} of {len(want)} GPUs",
            why="containers that ask for the others do not start, and nvidia.com/gpu=all gives fewer than there are",
            evidence=f"{path}: no device {', '.join(map(str, sorted(want - numbers)))}",
            remedy=by_command(
                f"cp -p {path} {path}.before && nvidia-ctk cdi generate --output={path}", f"mv -f {path}.before {path}"
            ),
        )
    else:
        yield ok(f"the CDI specs define all {len(want)} GPU(s)")
