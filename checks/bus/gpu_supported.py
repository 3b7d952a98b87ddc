"""The driver branch that this release packages, or that is chosen for the host, can drive every GPU of it.

A branch older than the GPU does not know it; one newer than its last supported branch has dropped it. Either way the
module loads and nvidia-smi says "No devices were found".
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok, skipped
from checks.profiles import driver_choice, wants
from checks.profiles.profile import Profile

RESTS_ON = ("gpu_on_bus",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    if driver_choice.wanted(profile):
        yield _choice(facts, profile)
        return
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


def _choice(facts: Facts, profile: Profile) -> Finding:
    """What the choice of a driver comes to. A driver that drives the GPUs already is good, whoever chose it."""
    found = driver_choice.choose(facts, profile)
    loaded = facts.modules.get("nvidia")
    if isinstance(found, driver_choice.Choice):
        return ok(found.why)
    assert found is not None  # noqa: S101 - the profile wants one
    if loaded and all(gpu.driver == "nvidia" for gpu in facts.pci.gpus):
        return ok(f"driver {loaded.version} drives them; nothing else is chosen for this host: {found.why}")
    return fail(
        found.why,
        why="no driver from here drives every GPU: its module would load, and find none of them or only some",
        evidence=facts.pci.line(found.gpu) if found.gpu else f"driver.version = {profile.driver.version}",
        remedy=by_hand(found.instead),
        subject=found.gpu.address if found.gpu else "",
    )
