"""The changes that are tried: mutmut's own, of one place in one function each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from mutmut.mutation.file_mutation import create_mutations

ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class Change:
    """One change of a file, by its path from the root."""

    path: str
    tree: Any
    change: Any

    @cached_property
    def source(self) -> str:
        """The whole file with the change in it; made only for those that are tried."""
        text: str = self.tree.deep_replace(self.change.original_node, self.change.mutated_node).code
        return text

    @property
    def module(self) -> str:
        """The name by which the file is imported."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    def __str__(self) -> str:
        """The line that differs, as it was and as it is."""
        old, new = (ROOT / self.path).read_text(encoding="utf-8").split("\n"), self.source.split("\n")
        at = next((i for i, (one, other) in enumerate(zip(old, new, strict=False)) if one != other), len(new) - 1)
        return f"{self.path}:{at + 1}: {old[at].strip()}  =>  {new[at].strip()}"


def changes(path: Path) -> Iterator[Change]:
    """Every change of one file."""
    name = str(path.relative_to(ROOT))
    tree, found, _, _ = create_mutations(name, path.read_text(encoding="utf-8"))
    for each in found:
        yield Change(name, tree, each)
