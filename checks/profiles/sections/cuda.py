"""[cuda], [cudnn], [nccl] and [dcgm] of a profile: what programs on the host itself are built and run with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from checks.profiles.described import key
from checks.profiles.kinds import PINNED, list_of, switch, table_of, text

_NUMBERS = r"\d+(\.\d+){1,3}"
_VERSION = text(rf"({_NUMBERS})?", "a version: numbers with dots between")
_VERSIONS = list_of(text(_NUMBERS, "a version: numbers with dots between"), "a list of versions")
_PACKAGES = list_of(text(PINNED, "a package's name, or name=version"), "a list of packages")


@dataclass(frozen=True)
class CudaProfile:
    """[cuda]."""

    version: str = field(
        default="",
        metadata=key(
            _VERSION,
            "the CUDA version of logins and of cuDNN, such as 8.0; its toolkit is on the host already, or see install",
        ),
    )
    install: bool = field(
        default=False,
        metadata=key(
            switch(), "whether the toolkit is installed: cuda-toolkit-X-Y, and never `cuda`, which brings a driver"
        ),
    )
    beside: tuple[str, ...] = field(
        default=(), metadata=key(_VERSIONS, "other versions whose toolkits are installed beside it, such as 13.0")
    )
    environment: bool = field(
        default=True,
        metadata=key(switch(), "whether /etc/profile.d/cuda.sh puts that version on PATH and LD_LIBRARY_PATH"),
    )
    replace: bool = field(
        default=False,
        metadata=key(switch(), "whether a cuda.sh that another tool made is replaced too; it is kept beside"),
    )
    link: bool = field(
        default=False,
        metadata=key(switch(), "whether /usr/local/cuda leads to that version, by alternatives where they manage it"),
    )


@dataclass(frozen=True)
class CudnnProfile:
    """[cudnn]."""

    version: str = field(
        default="", metadata=key(_VERSION, "the cuDNN version, such as 6.0.21; empty: none is installed")
    )
    source: str = field(
        default="",
        metadata=key(
            text(r"(https?://\S+|file:///\S+|~?/[^\r\n]+)?", "an http, https or file URL, or a path from / or ~/"),
            "NVIDIA's archive: a URL that the host fetches (file: lies on the host), or the path of a file on the "
            "machine that provisions, which brings it; or the URL of NVIDIA's manifest, redistrib_X.json",
        ),
    )
    sha256: str = field(
        default="",
        metadata=key(text(r"([0-9a-f]{64})?", "64 hexadecimal digits"), "the archive's sha256; nothing goes without"),
    )
    packages: tuple[str, ...] = field(
        default=(),
        metadata=key(_PACKAGES, "cuDNN's packages in place of the archive, such as cudnn9-cuda-12=9.10.2"),
    )


@dataclass(frozen=True)
class PackagesProfile:
    """[nccl] and [dcgm]."""

    packages: tuple[str, ...] = field(
        default=(), metadata=key(_PACKAGES, "its packages, each pinned where a version matters")
    )
    also: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict,
        metadata=key(table_of(_PACKAGES, "a table of release = [packages]"), "more packages, by release"),
    )
