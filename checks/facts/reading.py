"""What one topic's command answered, and the one exception that says "could not tell"."""

from __future__ import annotations

import re
from dataclasses import dataclass

NOT_ASKED = 99
"""Exit status of a topic's command that found it must not ask: asking would have changed the host."""

NEEDS_ROOT = 98
"""Exit status of a topic's command that found that only root may read what it asks for."""

_DENIED = re.compile(
    r"(?im):\s*(?:permission denied|operation not permitted)\.?\s*$|permission denied while trying to connect"
    r"|due to insufficient permissions|not seeing messages from other users|<access denied>"
)
"""How tools say that only root may do what they were asked to."""


class Unknown(Exception):  # noqa: N818 - an answer about a fact, not an error of the program
    """A fact that could not be read. The text says why, for a person."""


class NeedsRoot(Unknown):
    """A fact that only root may read, and the probe did not run as root."""


class NotAsked(Unknown):
    """A fact that is not in a recording because its probe did not ask: an older probe, or one that was told less."""


@dataclass(frozen=True)
class Reading:
    """One answer: its exit status (None: it did not end before the deadline), its text, and whether that was cut."""

    status: int | None
    text: str
    cut: bool = False

    @property
    def denied(self) -> str:
        """The line in which a tool says that it may not read something; empty when none does."""
        found = _DENIED.search(self.text)
        if not found:
            return self.text.strip()[:200] if self.status == NEEDS_ROOT else ""
        before = re.split(r'[\n"{]', self.text[: found.start()])[-1]
        after = re.split(r'[\n"\\]|: Get', self.text[found.start() :].lstrip())[0]
        return (before + after).strip()[:200]

    def lines(self, *expected: int) -> list[str]:
        """The lines of a complete answer with one of the expected statuses (0 unless told); else `Unknown`."""
        if self.status is None:
            raise Unknown("no answer before the deadline")
        if self.status == NOT_ASKED:
            raise Unknown(f"not asked: {self.text.strip() or 'no reason given'}")
        if self.status not in (expected or (0,)):
            last = self.text.strip().splitlines()[-1:] or ["nothing printed"]
            raise Unknown(f"exit status {self.status}: {last[0][:200]}")
        if self.cut:
            raise Unknown("the answer is longer than the probe keeps")
        return self.text.removesuffix("\n").split("\n") if self.text else []


def words(line: str, count: int) -> list[str]:
    """Exactly `count` words, the last one with whatever blanks it holds; else `Unknown`."""
    found = line.split(None, count - 1)
    if len(found) != count:
        raise Unknown(f"not the {count} words expected: {line[:200]!r}")
    return found


def number(text: str, base: int = 10) -> int:
    """A whole number of the given base; else `Unknown`."""
    try:
        return int(text, base)
    except ValueError:
        raise Unknown(f"not a number: {text[:80]!r}") from None
