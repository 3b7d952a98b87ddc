"""[cdi] of a profile."""

from __future__ import annotations

from dataclasses import dataclass, field

from checks.profiles.described import key
from checks.profiles.kinds import choice


@dataclass(frozen=True)
class CdiProfile:
    """[cdi]."""

    folder: str = field(
        default="none",
        metadata=key(
            choice("none", "auto", "/etc/cdi", "/var/run/cdi"),
            "where the CDI specification of the GPUs lies, by which containers ask for them by name; auto: in memory "
            "where the toolkit makes it anew at each boot (1.18 and later), else /etc/cdi; none: it is left alone",
        ),
    )
