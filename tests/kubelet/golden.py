r"""Golden pairs: the files of a kubelet before and after a merge, each pair as one file under pairs/.

`want` names the flag where it is not feature-gates, and each name with its value (empty: it goes). Then come the files,
each line behind a bar, or behind a backslash where no newline ends it; `\r` stands for a carriage return.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "pairs"
NAMES = sorted(path.stem for path in FOLDER.glob("*.txt"))


@dataclass(frozen=True)
class Pair:
    """What is wanted, the files before, and those that change."""

    flag: str
    changes: dict[str, str | None]
    before: dict[str, str]
    after: dict[str, str]


def read(name: str) -> Pair:
    """A pair by its file's name."""
    files: dict[str, dict[str, str]] = {"before": {}, "after": {}}
    current, path = files["before"], ""
    first, *rest = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    for line in rest:
        mark, text = line[0], line[2:]
        if mark == "@":
            kind, path = text.split(" ", 1)
            current = files[kind]
            current[path] = ""
        else:
            current[path] += text.replace("\\r", "\r") + ("\n" if mark == "|" else "")
    words = first.split()[1:]
    flag = words.pop(0) if "=" not in words[0] else "feature-gates"
    changes = {name: value or None for name, _, value in (word.partition("=") for word in words)}
    return Pair(flag, changes, files["before"], files["after"])
