"""The wall times as SVG: a panel for each work and round trip, bars on a logarithmic scale."""

from __future__ import annotations

import math
from collections.abc import Sequence
from xml.sax.saxutils import escape

from bench.measure import Run
from bench.table import Results, middle

COLOURS = ("#4c72b0", "#76b900", "#8c8c8c", "#dd8452", "#937860", "#c44e52")
BAR, WIDTH, LEFT, PANEL = 14, 420, 120, 40


def svg(results: Results) -> str:
    """The whole picture."""
    walls = {
        case: middle(good, lambda run: run.wall) for case, runs in sorted(results.items()) if (good := _good(runs))
    }
    if not walls:
        return '<svg xmlns="http://www.w3.org/2000/svg"/>\n'
    low, high = math.log10(min(walls.values()) / 2), math.log10(max(walls.values()))
    peers = list(dict.fromkeys(case.peer for case in results))
    parts: list[str] = []
    top = 0
    for work, delay in dict.fromkeys((case.work, case.delay) for case in walls):
        top += PANEL
        parts.append(_text(0, top - 12, f"{work}, {delay:g} ms round trip: seconds of wall time", bold=True))
        own = [case for case in results if case in walls and (case.work, case.delay) == (work, delay)]
        for case in sorted(own, key=lambda case: (case.size, peers.index(case.peer))):
            length = (math.log10(walls[case]) - low) / ((high - low) or 1) * WIDTH
            parts.append(_bar(top, length, COLOURS[peers.index(case.peer) % len(COLOURS)]))
            parts.append(_text(0, top + BAR - 3, f"{case.size} x {case.peer}"))
            parts.append(_text(LEFT + length + 5, top + BAR - 3, f"{walls[case]:.2f}"))
            top += BAR + 2
    size = f'width="{LEFT + WIDTH + 60}" height="{top + 10}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="11">'
    return "\n".join([head, '<rect width="100%" height="100%" fill="white"/>', *parts, "</svg>", ""])


def _good(runs: Sequence[Run]) -> list[Run]:
    return [run for run in runs if run.status == 0]


def _bar(top: int, length: float, colour: str) -> str:
    return f'<rect x="{LEFT}" y="{top}" width="{length:.1f}" height="{BAR}" fill="{colour}"/>'


def _text(x: float, y: float, words: str, *, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x + 4:.1f}" y="{y}"{weight}>{escape(words)}</text>'
