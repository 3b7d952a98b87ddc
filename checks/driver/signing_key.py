"""A module that is built here will be trusted: the kernel needs no signature, or the key of DKMS is enrolled.

Where Secure Boot is on and it is not, the driver installs without a word, and then does not load: "Key was rejected by
service". Enrolling a key needs a person at the console, so nothing is installed before that.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.finding import Finding, by_hand, fail, ok, provision
from checks.profiles import signatures, wants
from checks.profiles.profile import Profile

RESTS_ON = ("packages_configured", "gpu_on_bus", "gpu_supported")


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    if not wants.signs_itself(facts, profile):
        yield ok("no module is to be built here")
        return
    signing = facts.signing
    if not signatures.refuses(facts):
        yield ok(f"{signing.own.file} is enrolled" if signing.required and signing.own else "no signature is needed")
    else:
        own = signing.own
        ready = signatures.to_prepare(facts)
        yield fail(
            f"Secure Boot: no key that DKMS could sign the driver with is trusted{f' ({own.file})' if own else ''}",
            why="the kernel would refuse the module: Key was rejected by service",
            evidence=f"lockdown {signing.lockdown}; "
            + (
                f"mokutil --test-key: {own.said}"
                if own and not ready
                else f"{own.file}: {own.said}"
                if own
                else "no EFI"
            ),
            remedy=provision("signing_key") if ready else by_hand(signatures.by_person(own)),
        )
