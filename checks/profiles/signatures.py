"""Whether the kernel would trust a module that DKMS builds now, and what a person has to do at the console if not.

Only somebody at the machine's console can enrol a key: MokManager asks there for the one-time password that was given
to mokutil (mokutil(1); Ubuntu's and Red Hat's pages on signing modules). So this cannot be finished from afar, and no
driver is installed before it is.
"""

from __future__ import annotations

from checks.facts import Facts
from checks.facts.reading import NotAsked, Unknown
from checks.facts.signing import Own

CONSOLE = (
    "reboot, and watch the host's console (or that of its BMC): within ten seconds of the blue screen `Perform MOK "
    "management` press a key; choose Enroll MOK, Continue, Yes; type the password; choose Reboot"
)


def refuses(facts: Facts) -> bool:
    """Whether the kernel would refuse a module that is built and signed here; `Unknown` where that cannot be told.

    A host that was not asked is held back from nothing.
    """
    try:
        signing = facts.signing
    except NotAsked:
        return False
    if not signing.required:
        return False
    own = signing.own
    if own and not (own.enrolled or own.requested or own.refused or preparable(own)):
        raise Unknown(f"whether the kernel trusts {own.file} is not known: mokutil says {own.said!r}")
    return not (own and own.enrolled)


def preparable(own: Own) -> bool:
    """Whether provisioning has something to do before a person does: no key yet, or no mokutil to enrol it with."""
    return own.said in ("absent", "untested")


def to_prepare(facts: Facts) -> Own | None:
    """The key that provisioning makes ready; None where there is none to make, or it is ready."""
    own = facts.signing.own if refuses(facts) else None
    return own if own and preparable(own) else None


def by_person(own: Own | None) -> str:
    """What a person does, from where the host stands."""
    if own is None:
        return "boot a kernel that takes unsigned modules (no module.sig_enforce, no lockdown=), or one with your key"
    if own.requested:
        return f"{own.file} waits to be enrolled: {CONSOLE}"
    return f"mokutil --import {own.file} (it asks for a password of your choice, needed once); {CONSOLE}"


def obstacle(facts: Facts) -> str:
    """Why no driver is installed here yet, and what to do; empty where nothing stands against it."""
    if not refuses(facts):
        return ""
    own = facts.signing.own
    why = "the kernel takes signed modules only (Secure Boot)"
    if own is None:
        return f"{why}, and this firmware has no list of keys to add one to. To go on: {by_person(None)}"
    known = "does not exist yet" if own.said == "absent" else "is not enrolled"
    after = "; then run this again" + (
        "; or take modules that Canonical has signed: --profile ubuntu" if facts.os.id == "ubuntu" else ""
    )
    return f"{why}, and the key that DKMS signs with, {own.file}, {known}. To go on: {by_person(own)}{after}"
