"""/usr/local/bin/gpu-doctor is this version of the doctor, where the profile wants it on its hosts.

Without it nobody can ask a node from itself when the network to it is what is broken; an old one knows fewer faults.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.doctor_file import PATH
from checks.facts.fingerprint import fingerprint
from checks.finding import Finding, by_hand, ok, provision, skipped, warn
from checks.profiles import doctor_file
from checks.profiles.profile import Profile

RESTS_ON = ()
_WHY = "the doctor cannot be asked on the node itself"


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    if not profile.doctor.install:
        yield skipped("not applicable: the profile does not want the doctor on its hosts")
    elif facts.doctor_file.other:
        yield warn(
            f"{PATH} is {facts.doctor_file.other}, so the doctor is not put there",
            why=_WHY,
            evidence=f"{PATH}: {facts.doctor_file.other}",
            remedy=by_hand(f"move it away if it is not needed: mv {PATH} {PATH}.old"),
        )
    elif doctor_file.obstacle(facts):
        yield warn(
            doctor_file.obstacle(facts),
            why=_WHY,
            evidence="; ".join(f"{found.path}: {found.version}" for _, found in facts.doctor_file.unusable)
            or "no python3 on PATH",
            remedy=by_hand("install python3, 3.9 or newer (EL 8: dnf install python39), or set doctor.install = false"),
        )
    elif found := doctor_file.lacking(facts):
        yield warn(found, why=_WHY, evidence=_seen(facts), remedy=provision("doctor_file"))
    else:
        yield ok(f"{PATH} is this version of the doctor")


def _seen(facts: Facts) -> str:
    ours = facts.doctor_file.ours
    if ours is None:
        return f"{PATH}: no such file"
    version = "this version" if ours.fingerprint == fingerprint() else f"sources {ours.fingerprint}"
    return f"{PATH}: {version}, {'whole' if ours.whole else 'damaged'}, #!{ours.interpreter}"
