"""cuDNN of the profile's version lies in the profile's CUDA toolkit: header and libraries agree, links are links.

A framework that was built for another version ends at its first convolution; a copy in place of a link is three times
the size, and is no longer replaced by an upgrade.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok, provision, skipped
from checks.profiles import cudnn
from checks.profiles.profile import Profile

RESTS_ON = ()
_WHY = "frameworks built on this host find another cuDNN than they were built for, or none"


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    if not cudnn.asked(profile):
        yield skipped("not applicable: the profile asks for no cuDNN")
    elif why := cudnn.obstacle(facts, profile):
        yield fail(
            f"cuDNN {profile.cudnn.version} is not there",
            why=_WHY,
            evidence=why,
            remedy=by_hand(f"nothing is planned for it: {why}"),
        )
    else:
        found, evidence = cudnn.lacking(facts, profile)
        if found:
            yield fail(found, why=_WHY, evidence=evidence, remedy=provision("cudnn"))
        else:
            yield ok(f"cuDNN {profile.cudnn.version} in {cudnn.root(facts, profile)}")
