"""A login finds the profile's CUDA version: by /etc/profile.d/cuda.sh, with CUPTI, and by /usr/local/cuda.

With another version there, nvcc and every program built on the host are of that one, and profilers find no libcupti.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.cuda_toolkit import FILE
from checks.finding import Finding, by_hand, fail, ok, provision, skipped, warn
from checks.profiles import environment
from checks.profiles.profile import Profile

RESTS_ON = ()
_WHY = "a login gets another CUDA than the profile says, or none"


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    if not environment.asked(profile):
        yield skipped("not applicable: the profile asks for no CUDA environment")
        return
    why, link = environment.lacking(facts, profile), environment.link_lacking(facts, profile)
    if missing := environment.no_toolkit(facts, profile):
        yield fail(missing, why=_WHY, evidence=missing, remedy=by_hand(_install(profile)))
    elif facts.cuda_toolkit.other:
        yield fail(
            facts.cuda_toolkit.other,
            why=_WHY,
            evidence=facts.cuda_toolkit.other,
            remedy=by_hand(f"move {FILE} away, or make what it leads to"),
        )
    elif environment.obstacle(facts, profile):
        yield fail(
            environment.obstacle(facts, profile),
            why=_WHY,
            evidence=_line(facts) or f"{FILE} names no toolkit",
            remedy=by_hand(f"set cuda.replace = true in the profile: it is kept beside; or move {FILE} away"),
        )
    elif why:
        yield fail(why, why=_WHY, evidence=_line(facts) or f"{FILE}: no such file", remedy=provision("environment"))
    elif link:
        yield fail(
            link,
            why="what names /usr/local/cuda gets another CUDA than the profile says",
            evidence=link,
            remedy=provision("environment"),
        )
    elif others := environment.elsewhere(facts, profile):
        yield warn(
            f"{others[0][0]} puts another CUDA on everybody's path too",
            why="which of the two a login gets depends on the order of the files",
            evidence=f"{others[0][0]}: {others[0][1]}",
            remedy=by_hand(f"take it out of {others[0][0]}"),
        )
    else:
        named = FILE if profile.cuda.environment else environment.LINK
        yield ok(f"{named} is for CUDA {profile.cuda.version}")


def _install(profile: Profile) -> str:
    name = profile.cuda.version.replace(".", "-")
    return f"install cuda-toolkit-{name} (never cuda, which brings a driver of its own), or set cuda.version"


def _line(facts: Facts) -> str:
    lines = (facts.cuda_toolkit.text or "").splitlines()
    return next((f"{FILE}: {line.strip()}" for line in lines if facts.cuda_toolkit.named(line)), "")
