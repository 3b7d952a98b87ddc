"""The driver branch that this release packages can drive every GPU of the host.

A branch older than the GPU does not know it; one newer than its last supported branch has dropped it. Either way the
module loads and nvidia-smi says "No devices were found".
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok, skipped
from checks.profiles import wants
from checks.profiles.profile import Profile

RESTS_ON = ("gpu_on_bus",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    release = facts.os.release
    branch = profile.driver.branch.get(release, 0)
    bad = wants.unsupported(facts, profile)
    models = {gpu.id: (gpu, generation) for gpu, generation in reversed(bad)}
    for gpu, generation in reversed(models.values()):
        count = sum(each.id == gpu.id for each, _ in bad)
        yield fail(
            f"{count} GPU(s) of this model need driver branch {generation.branches}; {release} packages {branch}"
            if generation
            else f"{count} GPU(s) of a model not known here; {release} packages driver branch {branch}",
            why="the module would load and drive nothing: nvidia-smi then says that no devices were found",
            evidence=facts.pci.line(gpu),
            remedy=by_hand("use a driver of a branch that supports it: another release, or NVIDIA's repository"),
            subject=gpu.address,
        )
    if not branch:
        yield skipped(f"not applicable: profile {profile.name} does not know which driver this release packages")
    elif not bad:
        yield ok(f"driver branch {branch} drives every GPU here")
