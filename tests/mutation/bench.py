"""The bench in one process: whether a changed check still says of every recorded host what it should.

A changed check is asked about every fault and every recorded host, which takes milliseconds. Only where its answer is
another than before are the hosts examined whole, and judged as tests/faultbench and tests/test_recordings.py do.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType

from checks.examine import examine
from checks.facts import Facts
from checks.facts.reading import Unknown
from checks.finding import Finding
from checks.profiles.profile import Profile
from checks.report import loudest_first
from tests.faultbench import FAULTS, Result
from tests.faultbench.fault import Fault
from tests.hosts import DEBIAN, FOLDER, NAMES, WELL, facts, golden_report, golden_well
from tests.mutation.changes import Change
from tests.test_recordings import law


@dataclass(frozen=True)
class Host:
    """A host with a fault, or one of the recorded ones by its name."""

    facts: Facts
    profile: Profile
    fault: Fault | None = None
    name: str = ""


class Bench:
    """Every host of the tests, read once."""

    def __init__(self) -> None:
        faulty = [Host(Facts(fault.recording()), fault.profile, fault) for fault in FAULTS]
        self.hosts = [*faulty, *(Host(facts(name), DEBIAN, name=name) for name in NAMES)]
        self._said: dict[int, Finding | None] = {}
        self._before: dict[str, list[object]] = {}

    def notices(self, change: Change) -> bool:
        """Whether a test would fail: the cause, its words, a report, or the law."""
        module = importlib.import_module(change.module)
        before, rests_on = self._answers(change.module, module), module.RESTS_ON
        with changed(module, change) as loaded:
            if not loaded or rests_on != module.RESTS_ON:
                return True  # docs/checks.md has what a check rests on, and tests/test_docs.py holds that page
            other = [host for host, said in zip(self.hosts, before, strict=True) if _answer(module, host) != said]
            return any(self._wrong(host) for host in other) or any(not _lawful(host) for host in other[:5])

    def _answers(self, name: str, module: ModuleType) -> list[object]:
        if name not in self._before:
            self._before = {name: [_answer(module, host) for host in self.hosts]}
            self._said = {id(host): _first(host) for host in self.hosts if host.fault}
        return self._before[name]

    def _wrong(self, host: Host) -> bool:
        try:
            if host.fault is None:
                kept = (FOLDER / f"{host.name}.report").read_text(encoding="utf-8")
                well = host.name in WELL and golden_well() != (FOLDER / "well.txt").read_text(encoding="utf-8")
                return well or golden_report(host.name) != kept
            first = _first(host)
            return first != self._said[id(host)] or not Result(host.fault, first).right
        except Exception:  # noqa: BLE001 - whatever the changed code raises, a test would fail by it
            return True


def _first(host: Host) -> Finding | None:
    return next(iter(loudest_first(examine(host.facts, host.profile))), None)


def _answer(module: ModuleType, host: Host) -> object:
    try:
        return list(module.check(host.facts, host.profile))
    except Unknown as why:
        return str(why)
    except Exception as error:  # noqa: BLE001 - changed code raises anything
        return type(error)


def _lawful(host: Host) -> bool:
    try:
        law(host.facts, host.profile)
    except Exception:  # noqa: BLE001 - AssertionError, or what the changed code raises
        return False
    return True


@contextmanager
def changed(module: ModuleType, change: Change) -> Iterator[bool]:
    """The module with the change in it, and whether it can be imported so; afterwards as it was."""
    kept = dict(vars(module))
    try:
        yield _loaded(module, change)
    finally:
        vars(module).update(kept)


def _loaded(module: ModuleType, change: Change) -> bool:
    try:
        exec(compile(change.source, change.path, "exec", dont_inherit=True), vars(module))  # noqa: S102 - our own code
    except Exception:  # noqa: BLE001 - a changed constant may be one that re refuses
        return False
    return True
