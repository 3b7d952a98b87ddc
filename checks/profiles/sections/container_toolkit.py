"""[container_toolkit] of a profile."""

from __future__ import annotations

from dataclasses import dataclass, field

from checks.profiles.described import key
from checks.profiles.kinds import WORD, choice, list_of, text


@dataclass(frozen=True)
class ContainerToolkitProfile:
    """[container_toolkit]."""

    version: str = field(
        default="",
        metadata=key(
            text(r"(\d+\.\d+\.\d+)?", "a version such as 1.20.0, or nothing"),
            "NVIDIA's container toolkit: the version that all of its packages should have; empty: it is left alone",
        ),
    )
    packages: tuple[str, ...] = field(
        default=(),
        metadata=key(list_of(text(WORD, "a package's name"), "a list of packages"), "its packages, without a version"),
    )
    default: str = field(
        default="keep",
        metadata=key(
            choice("keep", "nvidia", "runc"),
            "the runtime of docker's containers that name none; keep: whichever it is on the host",
        ),
    )
