"""The other tests, in a process of their own for each change: those of the files that name the changed module."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import re
import signal
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from pathlib import Path
from types import CodeType, ModuleType

import pytest

from tests.mutation.changes import ROOT, Change

LIMIT = 60
"""Seconds after which a change counts as one that makes the tests hang, which is noticed."""


def tests_of(change: Change) -> list[str]:
    """The files of pure tests that name the module."""
    package, _, name = change.module.rpartition(".")
    named = re.compile(
        rf"\b{re.escape(change.module)}\b|from {re.escape(package)} import \(?[^)\n]*\b{name}\b"
        rf"|from {re.escape(package)} import \([^)]*\b{name}\b"
        rf'|"{re.escape(".".join(change.module.split(".")[1:]))}"'
    )
    found = [str(path) for path in sorted((ROOT / "tests").rglob("test_*.py")) if _pure(path, named)]
    return found + ([str(ROOT / "tests/facts/test_parsers.py")] if package == "checks.facts" else [])


def _pure(path: Path, named: re.Pattern[str]) -> bool:
    inside = path.relative_to(ROOT / "tests").parts[0]
    return inside not in ("onhosts", "lab", "kernel") and bool(named.search(path.read_text(encoding="utf-8")))


def notices(change: Change, tests: Sequence[str]) -> bool:
    """Whether one of the tests fails, or does not end."""
    child = os.fork()
    if child == 0:
        _be_the_child(change, tests)
    return os.waitpid(child, 0)[1] != 0


def _be_the_child(change: Change, tests: Sequence[str]) -> None:
    signal.alarm(LIMIT)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    for name in [name for name in sys.modules if name.partition(".")[0] in ("checks", "provision", "tests", "tasks")]:
        del sys.modules[name]
    sys.meta_path.insert(0, _Finder(change))
    topic = change.module.rpartition(".")[2]
    chosen = ["-k", f"{topic} or not parsers"] if change.module.startswith("checks.facts.") else []
    os._exit(int(pytest.main(["-x", "-q", "-m", "not lab", *chosen, *tests])))


class _Finder(MetaPathFinder):
    """Finds the changed module, and no other."""

    def __init__(self, change: Change) -> None:
        self.change = change

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The module with the change, if it is asked for."""
        del path, target
        if fullname != self.change.module:
            return None
        file = str(ROOT / self.change.path)
        package = [str(Path(file).parent)] if file.endswith("__init__.py") else None
        return importlib.util.spec_from_file_location(
            fullname, file, loader=_Loader(fullname, file, self.change), submodule_search_locations=package
        )


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, fullname: str, path: str, change: Change) -> None:
        super().__init__(fullname, path)
        self.change = change

    def get_code(self, fullname: str) -> CodeType | None:
        """The changed source, compiled."""
        del fullname
        return compile(self.change.source, self.path, "exec", dont_inherit=True)
