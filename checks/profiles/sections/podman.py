"""[podman] of a profile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from checks.profiles.described import key
from checks.profiles.kinds import PINNED, list_of, table_of, text

_PACKAGES = list_of(text(PINNED, "a package's name, or name=version"), "a list of packages")


@dataclass(frozen=True)
class PodmanProfile:
    """[podman]."""

    packages: tuple[str, ...] = field(
        default=(),
        metadata=key(
            _PACKAGES,
            "Podman's packages, of the distribution; its containers get GPUs by CDI, from Podman 4.1 on; empty: it is "
            "left alone",
        ),
    )
    also: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict,
        metadata=key(table_of(_PACKAGES, "a table of release = [packages]"), "more packages, by release"),
    )
