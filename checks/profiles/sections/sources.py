"""[sources]: what becomes of the sources of packages that the profile does not name."""

from __future__ import annotations

from dataclasses import dataclass, field

from checks.profiles.described import key
from checks.profiles.kinds import choice


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
