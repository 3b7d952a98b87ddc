"""The kernel takes the NVIDIA module that is on disk: it needs no signature, or knows who signed this one.

Under Secure Boot a kernel refuses a module whose signer it does not trust: "Required key not available", "Key was
rejected by service". A module that DKMS signed with a key of its own loads only once somebody has enrolled that key
at the console.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.signing import Own, Signing
from checks.finding import Finding, by_hand, fail, ok, warn
from checks.profiles import signatures
from checks.profiles.profile import Profile

RESTS_ON = ("driver_built",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    signing, kernel = facts.signing, facts.kernel
    if not signing.required:
        yield ok("the kernel takes modules whoever signed them")
        return
    why = "the kernel is locked down (Secure Boot), and takes only modules signed with a key that it trusts"
    own = signing.own or Own("/var/lib/dkms/mok.pub (Ubuntu: /var/lib/shim-signed/mok/MOK.der)", "")
    remedy = by_hand(
        f"enrol the signer's key: {signatures.by_person(own)}; or install the distribution's signed module package"
    )
    refused = [
        release for release in kernel.wanted if facts.driver.for_kernel(release) and not signing.accepts(release)
    ]
    if kernel.running in refused and "nvidia" not in facts.modules:
        yield fail(
            f"Secure Boot refuses the module: {_signer(signing, kernel.running)}",
            why=why,
            remedy=remedy,
            evidence=f"modinfo -F signer: {_signer(signing, kernel.running)}; lockdown {signing.lockdown}",
        )
    elif kernel.next in refused:
        yield warn(
            f"Secure Boot will refuse the module for {kernel.next}: {_signer(signing, kernel.next)}",
            why=why,
            remedy=remedy,
            evidence=f"modinfo -F signer: {_signer(signing, kernel.next)}; lockdown {signing.lockdown}",
            when="next boot",
        )
    else:
        yield ok(f"the kernel trusts the module's signer, {signing.signers.get(kernel.next) or 'which it loaded'}")


def _signer(signing: Signing, release: str) -> str:
    signer = signing.signers.get(release, "")
    return f"signed by {signer}, whose key it does not have" if signer else "nobody signed it"
