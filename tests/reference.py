"""docs/checks.md, from the checks themselves: `python -m tests.reference` writes it anew."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from checks.examine import CHECKS, name, stage

FILE = Path(__file__).parent.parent / "docs/checks.md"

_HEAD = """\
# The checks

Written from the checks themselves by `python -m tests.reference`; edit their docstrings, not this page. The order is
that in which they are made: causes before symptoms. A check that is broken makes what rests on it `skipped`, with its
name.

Remedies: *provision* is a component of `fab -H gpu01 provision --only X`; *command* is one safe command, which
`doctor --fix` may run; *by hand* needs a person.
"""


def page() -> str:
    """The whole page."""
    return _HEAD + "".join(_stage(where) for where in dict.fromkeys(stage(check) for check in CHECKS))


def _stage(where: str) -> str:
    checks = [check for check in CHECKS if stage(check) == where]
    head = (
        f"\n## {where}\n\n| check | what is true | what breaks otherwise | rests on | remedy |\n|---|---|---|---|---|\n"
    )
    return head + "".join(_row(check) for check in checks)


def _row(check: ModuleType) -> str:
    true, _, breaks = (check.__doc__ or "").strip().partition("\n")
    cells = (f"`{name(check)}`", true, " ".join(breaks.split()), ", ".join(check.RESTS_ON), ", ".join(_remedies(check)))
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _remedies(check: ModuleType) -> Iterator[str]:
    """The kinds of remedy that its source names; components by their names where these are written there."""
    kinds = {"provision": "provision", "by_command": "command", "by_hand": "by hand"}
    calls = [node for node in ast.walk(ast.parse(inspect.getsource(check))) if isinstance(node, ast.Call)]
    named = [(node.func.id, node.args) for node in calls if isinstance(node.func, ast.Name) and node.func.id in kinds]
    for function, kind in kinds.items():
        constants = {
            str(inner.value)
            for used, arguments in named
            if used == function == "provision"
            for inner in ast.walk(arguments[0])
            if isinstance(inner, ast.Constant) and isinstance(inner.value, str)
        }
        if any(used == function for used, _ in named):
            yield f"{kind} ({', '.join(sorted(constants))})" if constants else kind


if __name__ == "__main__":
    FILE.write_text(page(), encoding="utf-8")
