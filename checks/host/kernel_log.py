"""The kernel log can be read.

It is where the driver says what it met: without it an error of a GPU (Xid) of an hour ago is not known of.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, ok
from checks.profiles.profile import Profile

RESTS_ON = ()


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    yield ok(f"{len(facts.kernel_log.lines)} lines of this boot bear on hardware")
