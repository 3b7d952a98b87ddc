"""What the kernel log has against each GPU since the driver was loaded: its gravest Xid, and what to do about it.

More than one check asks: one tells it, the others keep quiet about the same GPU.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from checks.facts import Facts, generation
from checks.facts.reading import Unknown
from checks.facts.xid import ACTIONS, BROKEN, Entry, Xid, link, link_action, lost, of, said_action, xids

DAY = 24 * 3600
"""Seconds after which an Xid of a program's own is old news."""


@dataclass(frozen=True)
class Trouble:
    """One GPU's gravest kind of Xid, what to do about it, and whether it was there before the last boot (`again`)."""

    address: str
    xids: tuple[Xid, ...]
    entry: Entry
    action: str
    again: bool

    @property
    def broken(self) -> bool:
        """Whether the GPU is not well until the action is done."""
        return ACTIONS.index(self.action) >= BROKEN


def troubles(facts: Facts) -> tuple[Trouble, ...]:
    """One for each GPU that has any, by address; those that fell off the bus are not among them."""
    log = facts.kernel_log
    gone = lost(log.current)
    by_gpu: dict[str, list[Xid]] = {}
    for xid in xids(log.current):
        if xid.address not in gone:
            by_gpu.setdefault(xid.address, []).append(xid)
    before = {(xid.address, xid.number) for xid in xids(log.before)}
    found = (_trouble(facts, address, seen, before) for address, seen in sorted(by_gpu.items()))
    return tuple(trouble for trouble in found if trouble)


def blamed(facts: Facts) -> frozenset[str]:
    """The GPUs that the kernel log says are broken; none where it cannot be read: each check then speaks for itself."""
    try:
        return frozenset({t.address for t in troubles(facts) if t.broken} | set(lost(facts.kernel_log.current)))
    except Unknown:
        return frozenset()


def _trouble(facts: Facts, address: str, seen: Sequence[Xid], before: set[tuple[str, int]]) -> Trouble | None:
    kind = _generation(facts, address)
    graded = [(_action(xid, kind), xid) for xid in seen if not _old(xid, facts.kernel_log.up, kind)]
    if not graded:
        return None
    causes = [pair for pair in graded if pair[1].number != 154] or graded  # 154 only says what another one asks for
    worst = max(causes, key=lambda pair: ACTIONS.index(pair[0]))[1]
    same = tuple(xid for _, xid in graded if xid.number == worst.number)
    action = _told(facts, address, seen) or max((a for a, x in graded if x.number == worst.number), key=ACTIONS.index)
    if action == "none":
        return None
    again = (address, worst.number) in before and ACTIONS.index(action) >= BROKEN
    return Trouble(address, same, of(worst.number, kind), "inspect" if again else action, again)


def _action(xid: Xid, kind: str) -> str:
    """What one Xid asks for by itself: the words of 154, the decoded error of NVLink 5, else the catalogue."""
    decoded = link(xid)
    return xid.action or (link_action(xid.number, decoded) if decoded else of(xid.number, kind).action)


def _old(xid: Xid, up: float, kind: str) -> bool:
    """Whether it is a program's own error, and of another day."""
    return _action(xid, kind) == "restart_app" and xid.line.at is not None and up - xid.line.at > DAY


def _told(facts: Facts, address: str, seen: Sequence[Xid]) -> str:
    """What the driver itself says the GPU needs: now, by nvidia-smi, else by the last Xid 154; empty if it does not."""
    try:
        now = next((gpu.says("GPU Recovery Action") for gpu in facts.smi.answering if gpu.address == address), "")
    except Unknown:
        now = ""
    if now:
        return said_action(now) or ("watch" if _fatal(seen) else "")
    return next((xid.action for xid in reversed(seen) if xid.action), "")


def _fatal(seen: Sequence[Xid]) -> bool:
    """Whether the catalogue has the GPU reset or more; the driver, asked now, may say that this has been done."""
    return any(ACTIONS.index(of(xid.number).action) >= BROKEN for xid in seen)


def _generation(facts: Facts, address: str) -> str:
    try:
        found = next((generation.of(gpu.id) for gpu in facts.pci.gpus if gpu.address == address), None)
    except Unknown:
        return ""
    return found.name if found else ""
