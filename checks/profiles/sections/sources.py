"""[sources]: what becomes of sources of packages that the profile does not name, and for which hosts its own are."""

from __future__ import annotations

from dataclasses import dataclass, field

from checks.profiles.described import key
from checks.profiles.kinds import WORD, choice, text


@dataclass(frozen=True)
class SourcesProfile:
    """[sources]."""

    others: str = field(
        default="keep",
        metadata=key(
            choice("keep", "off"),
            "the host's other sources of packages; off: switched off, for a site without a way out, whose repositories "
            "are all in the profile",
        ),
    )
    release: str = field(
        default="",
        metadata=key(
            text(rf"({WORD})?", "a release"),
            "the only release that the profile's sources have packages for, such as noble; mirror.fetch writes it, and "
            "every other host is refused",
        ),
    )
    machine: str = field(
        default="",
        metadata=key(
            choice("", "x86_64", "aarch64"),
            "the only architecture that they have packages for, as `uname -m` names it; likewise",
        ),
    )
