"""Every GPU that the bus found at boot still answers.

One that has fallen off the bus (power, heat, seating, a broken board) answers every read with ones. The kernel log says
so by Xid 79, or in words alone; programs that have it open hang or die.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts import Facts
from checks.facts.reading import Unknown
from checks.facts.xid import lost, xids
from checks.finding import Finding, by_hand, fail, ok
from checks.profiles.profile import Profile

RESTS_ON = ("gpu_on_bus",)


def check(facts: Facts, profile: Profile) -> Iterator[Finding]:  # noqa: ARG001 - one shape for every check
    said = _said(facts)
    silent = [gpu.address for gpu in facts.pci.gpus if _ones(facts, gpu.address)]
    gone = sorted({*silent, *(address for address in said)})
    for address in gone:
        again = address in _before(facts)
        yield fail(
            "the GPU has fallen off the bus" + (", again after a reboot" if again else ""),
            why="it answers nobody until the host is switched off and on; programs that have it open hang",
            evidence=said.get(address, f"{address}: its configuration space reads all ones (lspci: rev ff)"),
            remedy=by_hand(
                "take the host out of service: check power, seating, riser and cooling, then have the GPU replaced"
                if again
                else "drain the host and reboot it, cold if you can; the second time check power, seating and cooling"
            ),
            subject=address,
        )
    if not gone:
        yield ok(f"{len(facts.pci.gpus)} GPU(s) answer on the bus")


def _said(facts: Facts) -> dict[str, str]:
    try:
        return {key: line.proof for key, line in lost(facts.kernel_log.current).items()}
    except Unknown:
        return {}


def _before(facts: Facts) -> set[str]:
    try:
        return {*lost(facts.kernel_log.before), *(x.address for x in xids(facts.kernel_log.before) if x.number == 79)}
    except Unknown:
        return set()


def _ones(facts: Facts, address: str) -> bool:
    try:
        return facts.pcie.functions[address].gone
    except (Unknown, KeyError):
        return False
