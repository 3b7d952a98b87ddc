"""[nvidia_docker]: nvidia-docker 1.x of 2017, its package by release, and its plugin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from checks.profiles.described import key, tables
from checks.profiles.kinds import choice, list_of, switch, text

_SOURCE = text(r"((https?|file)://\S+|[~/.]\S*)?\.(deb|rpm|tar\.xz)|", "the address or path of a deb, rpm or tar.xz")
_SHA256 = text(r"([0-9a-f]{64})?", "a sha256 in hexadecimal")


@dataclass(frozen=True)
class ReleasePackage:
    """[nvidia_docker.packages.RELEASE]."""

    source: str = field(default="", metadata=key(_SOURCE, "where it comes from on that release: xenial, el7"))
    sha256: str = field(default="", metadata=key(_SHA256, "what that file must be"))


@dataclass(frozen=True)
class NvidiaDockerProfile:
    """[nvidia_docker]."""

    version: str = field(
        default="",
        metadata=key(
            text(r"(\d+\.\d+\.\d+)?", "a version such as 1.0.1, or nothing"),
            "nvidia-docker 1.x for hosts of 2017: the version that the host should have; empty: it is not installed",
        ),
    )
    source: str = field(
        default="",
        metadata=key(
            _SOURCE,
            "where it comes from, whatever the release: an address that the host can reach, file:// for a file there, "
            "or a file's path here",
        ),
    )
    sha256: str = field(default="", metadata=key(_SHA256, "what that file must be"))
    packages: Mapping[str, ReleasePackage] = field(
        default_factory=dict,
        metadata=tables(ReleasePackage, "where it comes from, by release; counts where `source` is empty", "RELEASE"),
    )
    remove: bool = field(
        default=False,
        metadata=key(
            switch(),
            "whether nvidia-docker 1.x goes, with the volumes of its plugin; containers that hold them only with "
            "--yes-remove-containers",
        ),
    )
    plugin_args: tuple[str, ...] = field(
        default=(),
        metadata=key(list_of(text(r"[^\s'\"$%]+", "one word"), "a list of words"), "more arguments for its plugin"),
    )
    volumes: str = field(
        default="link",
        metadata=key(
            choice("link", "option", "copy"),
            "what is done where /var/lib is another file system than the driver's, and hard links fail; link: its "
            "folder of volumes becomes a link to `elsewhere`; option: the plugin's -d; copy: the volume is copied",
        ),
    )
    elsewhere: str = field(
        default="/usr/local/nvidia-driver",
        metadata=key(text(r"/[A-Za-z0-9._/-]+", "an absolute path"), "a folder on the driver's file system, for that"),
    )
