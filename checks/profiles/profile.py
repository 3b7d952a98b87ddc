"""A profile: what a host should be. It comes from TOML, and it is the only place with versions and package names."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from checks.facts.data import beside
from checks.profiles.described import Problem, build, key, problems, table
from checks.profiles.kinds import PACKAGE, WORD, choice, count, json_table, list_of, meant, table_of, text
from checks.profiles.layer import BadProfile, Layer, merge, over, read
from checks.profiles.lines import Path as KeyPath
from checks.profiles.writing import toml

__all__ = ["BadProfile", "Profile", "Resolved", "layers", "load", "names", "parse", "render", "resolve"]

FOLDER = beside(__file__)
DEFAULT = "debian"

_NAME = text(WORD, "a name of small letters, digits and hyphens")
_PACKAGES = list_of(text(PACKAGE, "a package's name"), "a list of packages")
_WORDS = list_of(text(WORD, "a name of small letters, digits and hyphens"), "a list of names")


@dataclass(frozen=True)
class DriverProfile:
    """[driver]."""

    packages: tuple[str, ...] = field(default=(), metadata=key(_PACKAGES, "the driver's packages"))
    components: tuple[str, ...] = field(
        default=(), metadata=key(_WORDS, "the components of the archive that hold them, such as non-free")
    )
    branch: Mapping[str, int] = field(
        default_factory=dict,
        metadata=key(
            table_of(count("a number"), "a table of release = number"),
            "the driver branch that each release packages: it decides which GPUs can be driven, and which releases "
            "the profile knows",
        ),
    )


@dataclass(frozen=True)
class DockerProfile:
    """[docker]."""

    packages: tuple[str, ...] = field(default=(), metadata=key(_PACKAGES, "docker's packages"))
    also: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict,
        metadata=key(table_of(_PACKAGES, "a table of release = [packages]"), "more packages, by release"),
    )
    daemon: Mapping[str, Any] = field(
        default_factory=dict,
        metadata=key(
            json_table("a table of the keys of daemon.json"),
            "what /etc/docker/daemon.json must hold; every other key of the file stays as it is",
        ),
    )


@dataclass(frozen=True)
class VolumeProfile:
    """[driver_volume]."""

    method: str = field(
        default="auto",
        metadata=key(
            choice("auto", "link", "copy"),
            "how the driver volume is filled; auto: hard links where the file systems allow it, else copies",
        ),
    )


@dataclass(frozen=True)
class Expect:
    """[expect]."""

    gpus: int = field(
        default=0,
        metadata=key(count("a number of GPUs"), "how many GPUs the host should have; 0: as many as it has"),
    )


@dataclass(frozen=True)
class Settings:
    """What a host should be, which a site file may override for some hosts."""

    driver: DriverProfile = field(default_factory=DriverProfile, metadata=table(DriverProfile, "the NVIDIA driver"))
    docker: DockerProfile = field(default_factory=DockerProfile, metadata=table(DockerProfile, "docker"))
    driver_volume: VolumeProfile = field(
        default_factory=VolumeProfile, metadata=table(VolumeProfile, "the docker volume with the driver's files")
    )
    expect: Expect = field(default_factory=Expect, metadata=table(Expect, "what the hardware should be"))


@dataclass(frozen=True)
class Profile(Settings):
    """A profile."""

    name: str = field(default="", metadata=key(_NAME, "what reports call it; every file needs one"))
    extends: str = field(
        default="",
        metadata=key(
            text(r".+", "a profile's name or a file's path"),
            "the profile that this one changes: a name, or a path from this file's folder",
        ),
    )


@dataclass(frozen=True)
class Resolved:
    """A profile with all that it extends, and where each value comes from: `file:line` by path."""

    profile: Profile
    origins: Mapping[KeyPath, str]


def names() -> tuple[str, ...]:
    """The profiles that come with the program."""
    return tuple(sorted(path.name[: -len(".toml")] for path in FOLDER.iterdir() if path.name.endswith(".toml")))


def load(name: str) -> Profile:
    """A profile by its name, or by the path of a file; `BadProfile` says what is wrong with it."""
    return resolve(layers(name)).profile


def parse(text: str, file: str) -> Profile:
    """A profile from TOML; `file` is for the words of an error."""
    return resolve(stack(checked(read(text, file)), Path())).profile


def render(profile: Profile) -> str:
    """The TOML of a resolved profile: `parse` of it gives the profile back."""
    return toml(as_table(profile))


def as_table(profile: Profile) -> dict[str, Any]:
    """A profile as the table that a file would hold, its name first; nothing is left to extend."""
    plain: dict[str, Any] = _plain(asdict(profile))
    del plain["extends"]
    return {"name": plain.pop("name"), **plain}


def having(profile: Profile, changes: Mapping[str, Any]) -> Profile:
    """The profile with some keys changed, given as the table that a file would hold."""
    return resolve([checked(Layer(profile.name, over(as_table(profile), changes)))]).profile


def resolve(found: Sequence[Layer]) -> Resolved:
    """What the layers mean together, the last one on top; each of them is `checked`."""
    merged, origins = merge(found)
    origins.pop(("extends",), None)
    return Resolved(build(Profile, {**merged, "extends": ""}), origins)


def layers(name: str, folder: Path = Path(), said: Callable[[str], str] = str) -> list[Layer]:
    """The layers of a profile, by name or by path from a folder: what it extends first, itself last.

    `said` adds to the words of an error where the name was written.
    """
    path = _locate(name, folder)
    if path is None:
        raise BadProfile(said(_missing(name)))
    return stack(_file(path), path.parent, path)


def stack(top: Layer, folder: Path, path: Path | None = None) -> list[Layer]:
    """A checked layer and all that it extends, first what is below all others."""
    found, seen = [top], {path and path.resolve()}
    while extends := found[0].table.get("extends", ""):
        below = _locate(extends, folder)
        if below is None:
            raise BadProfile(found[0].said(Problem(("extends",), _missing(extends))))
        if below.resolve() in seen:
            raise BadProfile(found[0].said(Problem(("extends",), f"{below} extends this file in turn")))
        seen.add(below.resolve())
        folder = below.parent
        found.insert(0, _file(below))
    return found


def checked(layer: Layer) -> Layer:
    """The same layer; `BadProfile` with every problem of it."""
    found = list(problems(Profile, layer.table))
    if "name" not in layer.table:
        found.append(Problem(("name",), "is missing; every profile has a name of its own"))
    if found:
        raise BadProfile("\n".join(map(layer.said, found)))
    return layer


def _plain(value: Any) -> Any:
    """Tables and lists as TOML's parser makes them."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, (list, tuple)) else value


def _locate(name: str, folder: Path) -> Path | None:
    known = FOLDER / f"{name}.toml"
    if re.fullmatch(WORD, name) and known.is_file():
        return known
    path = folder / name
    return path if path.is_file() else None


def _missing(name: str) -> str:
    return f"there is no profile {name!r}; known: {', '.join(names())}; or give a file's path{meant(name, names())}"


def _file(path: Path) -> Layer:
    shown = path.name if path.parent == FOLDER else str(path)
    try:
        return checked(read(path.read_text(encoding="utf-8"), shown))
    except (OSError, UnicodeDecodeError) as error:
        raise BadProfile(f"{shown}: cannot be read: {error}") from None
