"""The GPUs of the host are the models that belong there, and as many of each.

Where several models are in one host the count alone can be right with the wrong card in it. Without a profile that
names them, a mix in which one model has just one card less than another is told: one may be missing.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.pci import Device
from checks.finding import Finding, by_hand, fail, ok, warn
from checks.profiles.profile import Profile

RESTS_ON = ("gpu_on_bus",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:
    by_model: dict[str, list[Device]] = {}
    for gpu in facts.pci.gpus:
        by_model.setdefault(f"{gpu.id:04x}", []).append(gpu)
    want = profile.expect.models
    lacking = [model for model, count in want.items() if len(by_model.get(model, ())) < count]
    evidence = "; ".join(f"{len(gpus)} x {facts.pci.line(gpus[0])}" for gpus in by_model.values())
    for model in lacking:
        yield fail(
            f"{len(by_model.get(model, ()))} of {want[model]} GPUs of model 10de:{model}",
            why="jobs that ask for this model do not start, or take another",
            evidence=evidence,
            remedy=by_hand("look for the missing one in the kernel log (Xid 79, AER), then check seating and power"),
        )
    counts = sorted(len(gpus) for gpus in by_model.values())
    uneven = not want and len(counts) == 2 and counts[0] >= 2 and counts[1] == counts[0] + 1
    if uneven:
        yield warn(
            f"{counts[1]} GPUs of one model and {counts[0]} of another: one may be missing",
            why="a card that is not there is not missed by those that are",
            evidence=evidence,
            remedy=by_hand("count the cards; then name the models in the site's profile: [expect] models"),
        )
    if not lacking and not uneven:
        yield ok(", ".join(f"{len(gpus)} of 10de:{model}" for model, gpus in by_model.items()))
