"""What is measured, in which order, and how often."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench.peers.peer import Peer


@dataclass(frozen=True, order=True)
class Case:
    """One cell of the table."""

    work: str
    delay: float
    size: int
    peer: str


def cases(
    peers: Sequence[Peer], works: Sequence[str], delays: Sequence[float], sizes: Sequence[int]
) -> list[tuple[Peer, Case]]:
    """Every cell that its peer is fit for; the small ones first, and those with a round trip first."""
    return [
        (peer, Case(work, delay, size, peer.name))
        for size in sorted(sizes)
        for delay in sorted(delays, reverse=True)
        for work in works
        for peer in peers
        if size <= peer.at_most
    ]


def rounds(wanted: Sequence[tuple[Peer, Case]], repeats: int, slow: int, slow_from: int) -> Iterator[tuple[Peer, Case]]:
    """Round after round, so that whatever disturbs the machine for a while disturbs all peers alike.

    Slow peers get `slow` repeats on `slow_from` hosts and more.
    """
    for number in range(repeats):
        for peer, case in wanted:
            if number < (slow if peer.slow and case.size >= slow_from else repeats):
                yield peer, case
