"""The tables in docs/drivers.md are those of the data. After a change: `python -m tests.profiles.test_drivers_page`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from checks.facts import cuda
from checks.facts.branches import branches, offers
from checks.facts.generation import generations

PAGE = Path(__file__).parent.parent.parent / "docs/drivers.md"
MARKS = re.compile(r"(<!-- (\w+): generated -->\n).*?(<!-- end -->)", re.DOTALL)


def table(head: str, rows: Iterable[Iterable[str]]) -> str:
    lines = [head, re.sub(r"[^|]+", "---", head), *(f"| {' | '.join(row)} |" for row in rows)]
    return "".join(f"{line}\n" for line in lines)


def tables() -> dict[str, str]:
    either = "open or proprietary"
    return {
        "generations": table(
            "| generation | driver branches | kernel module | CUDA at most | cuDNN at most |",
            (
                (g.name, g.branches, either if g.modules == "either" else g.modules, g.cuda or "-", g.cudnn or "-")
                for g in generations()
            ),
        ),
        "branches": table(
            "| branch | kind | NVIDIA ends it | kernel module | CUDA |",
            (
                (
                    str(b.number),
                    b.kind,
                    b.until or "with its successor",
                    either if b.modules == "either" else b.modules,
                    cuda.ceiling(str(b.number)) or f"{b.cuda}.x",
                )
                for b in branches().values()
            ),
        ),
        "offers": table(
            "| releases | branches | packages | open | proprietary | first, or module stream |",
            (
                (
                    f"{', '.join(o.releases)} ({', '.join(o.machines)})",
                    ", ".join(map(str, o.branches)),
                    ", ".join(o.packages),
                    ", ".join(o.open),
                    ", ".join(o.proprietary),
                    ", ".join((*o.first, *o.streams.values())) or "-",
                )
                for o in offers()
            ),
        ),
    }


def page(text: str) -> str:
    """The page with its tables made anew."""
    made = tables()
    return MARKS.sub(lambda mark: f"{mark[1]}{made[mark[2]]}{mark[3]}", text)


def test_the_tables_are_those_of_the_data() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert page(text) == text
    assert [mark[2] for mark in MARKS.finditer(text)] == ["generations", "branches", "offers"]


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
