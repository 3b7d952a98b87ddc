"""Which topics the chosen checks read, so that `--only` asks a host for no more than that.

The table, needs.toml, is what was seen: `python -m tests.needs` examines healthy hosts, and notes what each check
read. `Watched` notices what a check reads beyond it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import cache
from types import ModuleType

from checks.facts import TOPICS
from checks.facts.data import beside
from checks.facts.reading import NotAsked, Reading
from checks.facts.recording import Recording

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TABLE = beside(__file__) / "needs.toml"

EVERYBODY = frozenset({"host", "os", "applied"})
"""What a report is headed with, and what says which profile counts."""


@cache
def _table() -> dict[str, list[str]]:
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


def topics(checks: Sequence[ModuleType]) -> frozenset[str]:
    """What these checks read on a host that is well; of one that the table lacks nothing is known: every topic."""
    table = _table()
    read = (table.get(check.__name__.rpartition(".")[2], TOPICS) for check in checks)
    return EVERYBODY.union(*read)


class Watched(Recording):
    """A recording that knows for which topics it was asked in vain."""

    @property
    def missed(self) -> set[str]:
        """Empty where everything that was read was there."""
        noted: set[str] = self.__dict__.setdefault("_missed", set())
        return noted

    def reading(self, topic: str) -> Reading:
        """As of any recording."""
        try:
            return super().reading(topic)
        except NotAsked:
            self.missed.add(topic)
            raise
