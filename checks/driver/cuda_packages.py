"""The CUDA toolkits, cuDNN, NCCL and DCGM that the profile asks for are installed, in versions that fit the GPUs.

What is built on the host needs them; containers bring their own. A toolkit that is newer than the driver builds
programs that do not start ("CUDA driver version is insufficient for CUDA runtime version").
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok, provision, skipped, warn
from checks.profiles import cuda_packages, pins
from checks.profiles.profile import Profile

RESTS_ON: tuple[str, ...] = ()
_WHY = "programs that are built on this host, or link to these libraries, find them missing or of another version"


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    if not cuda_packages.asked(profile):
        yield skipped("not applicable: the profile asks for no packages of CUDA")
        return
    lacking = cuda_packages.lacking(facts, profile)
    if why := cuda_packages.obstacle(facts, profile):
        yield fail(
            why,
            why="nothing is installed that the GPUs of this host cannot use, or that brings a driver along",
            evidence=f"the profile asks for {', '.join(cuda_packages.wanted(facts, profile))}",
            remedy=by_hand("change cuda.version, cuda.beside, cudnn, nccl or dcgm in the profile"),
        )
    elif lacking:
        found = {each: facts.packages.installed(pins.name(each)) for each in lacking}
        have = [f"{pins.name(each)} {package.version}" for each, package in found.items() if package]
        yield fail(
            f"not installed as the profile asks: {', '.join(lacking)}",
            why=_WHY,
            evidence=f"installed: {', '.join(have) or 'none of these'}",
            remedy=provision("cuda_packages"),
        )
    elif why := cuda_packages.too_old_a_driver(facts, profile):
        yield warn(
            why,
            why="what it builds does not start: CUDA driver version is insufficient for CUDA runtime version",
            evidence=f"/sys/module/nvidia/version: {facts.modules['nvidia'].version}",
            remedy=by_hand("a newer driver ([driver] in the profile), or a toolkit that this one runs"),
        )
    else:
        yield ok(f"installed: {', '.join(cuda_packages.wanted(facts, profile)) or 'none for this release'}")
