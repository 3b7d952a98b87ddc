"""The keys by which apt and rpm trust what they install are valid, and none is one that NVIDIA has retired.

With an expired key, or with 7FA2AF80, which signed CUDA's repositories until April 2022, `apt update` fails:
EXPKEYSIG, "NO_PUBKEY A4B469963BF863CC" (NVIDIA/cuda-repo-management issue 4).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone

from checks.facts import Facts
from checks.facts.keys import RETIRED, Key
from checks.finding import Finding, by_hand, fail, ok, provision, skipped, warn
from checks.profiles import old_sources
from checks.profiles.profile import Profile

RESTS_ON = ()
SOON = 30 * 24 * 3600
FOREVER = 2**62
_OLD = "the archive is signed with another key since April 2022, and the old one is no longer trustworthy"
_RENEW = by_hand("fetch the archive's key anew from its maker, and put it in place of this file")


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    files, now = facts.keys.files, facts.host.time
    if not facts.sources.apt:
        yield from _of_rpm(facts)
        return
    if files is None:
        yield skipped("gpg is not installed, so that no key can be read")
        return
    found = [each for file, keys in files.items() for each in _of_file(facts, file, keys, now)]
    yield from found or [ok(f"{len(files)} key file(s), all valid for more than 30 days")]


def _of_rpm(facts: Facts) -> Iterator[Finding]:
    if old_sources.retired(facts):
        yield warn(
            "rpm still trusts NVIDIA's retired key",
            why=_OLD,
            evidence=f"rpm -q gpg-pubkey: {RETIRED[-8:].lower()}",
            remedy=provision("old_sources"),
        )
    elif facts.keys.rpm:
        yield ok(f"rpm trusts {len(facts.keys.rpm)} key(s), none of them retired by NVIDIA")
    else:
        yield skipped("not applicable: this host has no apt, and rpm has no keys")


def _of_file(facts: Facts, file: str, keys: tuple[Key, ...], now: int) -> Iterator[Finding]:
    ends = [key.expires or FOREVER for key in keys]
    if file in old_sources.retired(facts):
        said, remedy = f"{file}: {RETIRED}", provision("old_sources")
        if len(keys) == 1:
            yield fail(
                "the only key here for NVIDIA's CUDA archive is the retired one",
                why=_OLD,
                evidence=said,
                remedy=remedy,
            )
        else:
            yield warn("NVIDIA's retired key is still trusted", why=_OLD, evidence=said, remedy=remedy)
    elif ends and max(ends) < now:
        yield fail(
            f"the key of an archive has expired: {file}",
            why="apt refuses its lists: EXPKEYSIG",
            evidence=f"gpg --show-keys {file}: {keys[0].id} until {_date(max(ends))}",
            remedy=_RENEW,
        )
    elif ends and max(ends) < now + SOON:
        yield warn(
            f"the key of an archive expires on {_date(max(ends))}: {file}",
            why="apt then refuses its lists: EXPKEYSIG",
            evidence=f"gpg --show-keys {file}: {keys[0].id}",
            remedy=_RENEW,
            when=f"expiry of the key, {_date(max(ends))}",
        )


def _date(time: int) -> str:
    return datetime.fromtimestamp(time, tz=timezone.utc).strftime("%Y-%m-%d")
