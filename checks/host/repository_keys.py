"""The keys by which apt trusts its archives are valid, and none is one that NVIDIA has retired.

With an expired key, or with 7FA2AF80, which signed CUDA's repositories until April 2022, `apt update` fails:
EXPKEYSIG, "NO_PUBKEY A4B469963BF863CC" (NVIDIA/cuda-repo-management issue 4).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone

from checks.facts import Facts
from checks.facts.keys import RETIRED
from checks.finding import Finding, by_hand, fail, ok, skipped, warn
from checks.profiles.profile import Profile

RESTS_ON = ()
SOON = 30 * 24 * 3600
FOREVER = 2**62
_NEW = by_hand(
    "apt-key del 7fa2af80; then install cuda-keyring, which brings the new key, and remove other cuda*.list files"
)
_RENEW = by_hand("fetch the archive's key anew from its maker, and put it in place of this file")


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    files, now = facts.keys.files, facts.host.time
    if not facts.sources.apt:
        yield skipped("not applicable: this host has no apt")
        return
    if files is None:
        yield skipped("gpg is not installed, so that no key can be read")
        return
    bad = False
    for file, keys in files.items():
        ends = [key.expires or FOREVER for key in keys]
        if RETIRED in {key.id for key in keys}:
            bad = True
            why = "the archive is signed with another key since April 2022, and the old one is no longer trustworthy"
            said = f"{file}: {RETIRED}"
            if len(keys) == 1:
                yield fail(
                    "the only key here for NVIDIA's CUDA archive is the retired one",
                    why=why,
                    evidence=said,
                    remedy=_NEW,
                )
            else:
                yield warn("NVIDIA's retired key is still trusted", why=why, evidence=said, remedy=_NEW)
        elif ends and max(ends) < now:
            bad = True
            yield fail(
                f"the key of an archive has expired: {file}",
                why="apt refuses its lists: EXPKEYSIG",
                evidence=f"gpg --show-keys {file}: {keys[0].id} until {_date(max(ends))}",
                remedy=_RENEW,
            )
        elif ends and max(ends) < now + SOON:
            bad = True
            yield warn(
                f"the key of an archive expires on {_date(max(ends))}: {file}",
                why="apt then refuses its lists: EXPKEYSIG",
                evidence=f"gpg --show-keys {file}: {keys[0].id}",
                remedy=_RENEW,
                when=f"expiry of the key, {_date(max(ends))}",
            )
    if not bad:
        yield ok(f"{len(files)} key file(s), all valid for more than 30 days")


def _date(time: int) -> str:
    return datetime.fromtimestamp(time, tz=timezone.utc).strftime("%Y-%m-%d")
