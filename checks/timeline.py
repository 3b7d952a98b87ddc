"""What changed: one list of package transactions, boots, reloads, configuration files and the kernel's words, by time.

It ends where the trouble begins: at the first line that says so, or at the doctor's own finding where none does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from checks.facts import Facts
from checks.facts.reading import Unknown

_TROUBLE = re.compile(
    r"Xid|fallen off|RmInit\w* failed|API mismatch|failed|Failed|Main process exited|entered failed|not supported"
    r"|probe routine was not called|Out of memory|Hardware Error|Kernel panic|lockup|blocked for more|read-only|AER"
)
_RELOAD = re.compile(r"Reload(ing|ed)( requested|\.|$)|Reexecuting")


@dataclass(frozen=True)
class Entry:
    """One thing that happened: when (seconds since 1970), of what kind, in words, and whether it is trouble."""

    time: int
    kind: str
    text: str
    trouble: bool = False


@dataclass(frozen=True)
class Timeline:
    """Entries by time. `booted` is when the running kernel started."""

    entries: tuple[Entry, ...]
    booted: int = 0

    @property
    def first_trouble(self) -> Entry | None:
        """The first sign of trouble of this boot; where this boot has none, the first of all."""
        signs = [entry for entry in self.entries if entry.trouble]
        return next((entry for entry in signs if entry.time >= self.booted), signs[0] if signs else None)

    def up_to_trouble(self, count: int = 12) -> tuple[Entry, ...]:
        """The last entries before the first sign of trouble, and that sign."""
        sign = self.first_trouble
        end = self.entries.index(sign) if sign else len(self.entries)
        return self.entries[max(0, end - count) : end + 1]


def merge(facts: Facts, since: int, found: str = "") -> Timeline:
    """Everything that the facts know since then; `found` is what the doctor says has failed now.

    A topic that could not be read is an entry too: what is missing is said.
    """
    entries = [entry for name in _SOURCES for entry in _of(name, facts, since)]
    now, booted = _now_and_boot(facts)
    if found:
        entries.append(Entry(now, "doctor", found, trouble=True))
    kept = dict.fromkeys(entry for entry in entries if entry.time >= since)
    return Timeline(tuple(sorted(kept, key=lambda entry: entry.time)), booted)


def _of(name: str, facts: Facts, since: int) -> list[Entry]:
    try:
        return list(_SOURCES[name](facts))
    except Unknown as why:
        return [Entry(since, "unknown", f"{name} could not be read: {why}")]


def _now_and_boot(facts: Facts) -> tuple[int, int]:
    try:
        return facts.host.time, facts.host.time - facts.kernel.up
    except Unknown:
        return 0, 0


def _packages(facts: Facts) -> Iterator[Entry]:
    for each in facts.history:
        shown = [str(change) for change in each.changes[:4]]
        rest = len(each.changes) - len(shown) + each.others
        what = ", ".join(shown) + (f" and {rest} more" if shown and rest else "" if shown else f"{rest} packages")
        by = f" for {each.by}" if each.by else ""
        yield Entry(each.time, "packages", f"{what} by {each.command or each.tool}{by}")


def _boots(facts: Facts) -> Iterator[Entry]:
    for boot in facts.boots.boots:
        yield Entry(boot.began, "boot", "the host booted")
    for time, file in facts.boots.panics:
        yield Entry(time, "kernel", f"a panic left {file}", trouble=True)


def _events(facts: Facts) -> Iterator[Entry]:
    for event in facts.events:
        kind = "reload" if event.source == "systemd" and _RELOAD.match(event.text) else event.source
        text = "systemctl daemon-reload" if kind == "reload" else event.text
        yield Entry(event.time, kind, text, trouble=bool(_TROUBLE.search(event.text)))


def _changes(facts: Facts) -> Iterator[Entry]:
    for changed in facts.changes:
        yield Entry(changed.time, "file", f"{changed.path} was written")


_SOURCES: dict[str, Callable[[Facts], Iterator[Entry]]] = {
    "history": _packages,
    "boots": _boots,
    "events": _events,
    "changes": _changes,
}
