"""Which checks are made: --only, --skip and --list-checks of the command line; pure.

The checks themselves are imported only when a name is given: a host is asked before they are needed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType


class UnknownCheck(ValueError):  # noqa: N818 - it reads as what it is
    """A name that no check has; the text says which ones come near."""


@dataclass(frozen=True)
class Selection:
    """The checks to make, in order (none: all of them), and the names of those that are left out by wish."""

    checks: Sequence[ModuleType] = ()
    left_out: frozenset[str] = frozenset()

    def __reduce__(self) -> tuple[Callable[..., Selection], tuple[frozenset[str], frozenset[str]]]:
        """To another process it goes by the checks' names: modules cannot be pickled."""
        from checks.examine import name

        return _of_names, (frozenset(map(name, self.checks)), self.left_out)


def _of_names(names: frozenset[str], left_out: frozenset[str]) -> Selection:
    from checks.examine import CHECKS, name

    return Selection(tuple(check for check in CHECKS if name(check) in names), left_out)


def select(only: str = "", skip: str = "") -> Selection:
    """Comma lists of names: `only` brings along what the named ones rest on; `skip` leaves what rests on it in."""
    if not only and not skip:
        return Selection()
    from checks.examine import CHECKS, name

    wanted, left_out = _names("--only", only), _names("--skip", skip)
    if wanted:
        closure = set(wanted)
        for check in reversed(CHECKS):
            if name(check) in closure:
                closure.update(check.RESTS_ON)
        return _of_names(frozenset(closure), frozenset(left_out))
    return Selection(CHECKS, frozenset(left_out))


def _names(flag: str, text: str) -> list[str]:
    from checks.examine import CHECKS, name

    known = [name(check) for check in CHECKS]
    found = [word.strip().replace("-", "_") for word in text.split(",") if word.strip()]
    for wrong in (word for word in found if word not in known):
        from difflib import get_close_matches

        near = get_close_matches(wrong, known)
        hint = f"did you mean {' or '.join(near)}?" if near else "--list-checks names them all"
        raise UnknownCheck(f"{flag}: there is no check {wrong!r}; {hint}")
    return found


def listing() -> str:
    """Every check with its stage and what is true when all is well, in the order in which they are made."""
    from checks.examine import CHECKS, name, stage

    rows = [(name(check), stage(check), (check.__doc__ or "").partition("\n")[0]) for check in CHECKS]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    return "".join(f"{check:<{widths[0]}}  {where:<{widths[1]}}  {true}\n" for check, where, true in rows)
