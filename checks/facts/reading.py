"""What one topic's command answered, and the one exception that says "could not tell"."""

from __future__ import annotations

from dataclasses import dataclass

NOT_ASKED = 99
"""Exit status of a topic's command that found it must not ask: asking would have changed the host."""


class Unknown(Exception):  # noqa: N818 - an answer about a fact, not an error of the program
    """A fact that could not be read. The text says why, for a person."""


class NotAsked(Unknown):
    """A fact that is not in a recording because its probe did not ask: an older probe, or one that was told less."""


@dataclass(frozen=True)
class Reading:
    """One answer: its exit status (None: it did not end before the deadline), its text, and whether that was cut."""

    status: int | None
    text: str
    cut: bool = False

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
