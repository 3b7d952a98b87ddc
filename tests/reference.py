"""The pages about the checks, from the checks themselves: `python -m tests.reference` writes them anew.

docs/checks.md says what each check asks; docs/diagnosis.md sets them beside what peers check (tests/peers.py).
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from checks.examine import CHECKS, name, stage
from tests.peers import ROWS, Row

DOCS = Path(__file__).parent.parent / "docs"

_CHECKS = """\
# The checks

Written from the checks themselves by `python -m tests.reference`; edit their docstrings, not this page. The order is
that in which they are made: causes before symptoms. A check that is broken makes what rests on it `skipped`, with its
name.

Remedies: *provision* is a component of `fab -H gpu01 provision --only X`; *command* is one safe command, which
`doctor --fix` may run; *by hand* needs a person.
"""

_PEERS = """\
# What peers check, and what the doctor checks

Written from tests/peers.py by `python -m tests.reference`. One row for each check of ten diagnostic tools and their
neighbours, as they were read in August 2026: gpud, nhc, AzureHPC's health checks, facebookresearch/gcm,
node-problem-detector, imbue's cluster-health, DCGM, SuperBench, nvidia-resiliency-ext (NVRX), the Kubernetes device
plugin; and deepops, the GPU operator, AWS' and EKS' agents, NVSentinel, IBM's autopilot. Where it says *nobody*,
none of them has it in code.

The last column names our checks ([checks.md](checks.md) says what each asks), or says that it is not done, and why.
What all of ours have and no peer's: one cause first, and what rests on it skipped with its name; what could not be read
is `unknown`; the exact command that mends it.

| # | what is asked | peers | the doctor |
|---|---|---|---|
"""


def checks_page() -> str:
    """docs/checks.md."""
    return _CHECKS + "".join(_stage(where) for where in dict.fromkeys(stage(check) for check in CHECKS))


def peers_page() -> str:
    """docs/diagnosis.md."""
    known = [name(check) for check in CHECKS]
    rows = "".join(
        f"| {number} | {row.what} | {row.peers} | {_ours(row, known)} |\n" for number, row in enumerate(ROWS, 1)
    )
    asked = {check for row in ROWS for check in row.ours.split()}
    own = ", ".join(f"`{check}`" for check in known if check not in asked)
    done = sum(bool(asked_here(row, known)) for row in ROWS)
    tail = f"{done} of these {len(ROWS)} rows have a check here. Checks of ours beside them: {own}."
    return _PEERS + rows + "\n" + textwrap.fill(tail, 118, break_on_hyphens=False, break_long_words=False) + "\n"


def asked_here(row: Row, known: list[str]) -> list[str]:
    """The checks of a row that there are."""
    return [check for check in row.ours.split() if check in known]


def _ours(row: Row, known: list[str]) -> str:
    here = asked_here(row, known)
    if not here:
        return f"not done: {row.undone}"
    return ", ".join(f"`{check}`" for check in here) + (f": {row.words}" if row.words else "")


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


PAGES = {"checks.md": checks_page, "diagnosis.md": peers_page}

if __name__ == "__main__":
    for file, page in PAGES.items():
        (DOCS / file).write_text(page(), encoding="utf-8")
