"""A profile: what a host should be. It comes from TOML, and it is the only place with versions and package names."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from checks.facts.data import beside
from checks.profiles.contradictions import contradictions
from checks.profiles.described import Problem, build, problems
from checks.profiles.key_files import with_keys
from checks.profiles.keys import Profile
from checks.profiles.kinds import WORD, meant
from checks.profiles.layer import BadProfile, Layer, merge, over, read
from checks.profiles.lines import Path as KeyPath
from checks.profiles.writing import toml

__all__ = ["BadProfile", "Profile", "Resolved", "layers", "load", "names", "parse", "render", "resolve"]

FOLDER = beside(__file__)
DEFAULT = "current"
"""What a host is made into where nobody says what it should be."""

AS_FOUND = "as-found"
"""What a host is examined as where nobody says what it should be: nothing is asked for."""


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
    """What the layers mean together, the last one on top; each of them is `checked`. `BadProfile`: they contradict."""
    merged, origins = merge(found)
    origins.pop(("extends",), None)
    profile = build(Profile, {**merged, "extends": ""})
    for paths, words in contradictions(profile):
        named = " and ".join(f"{'.'.join(path)} ({origins[path]})" for path in paths)
        raise BadProfile(f"{named}{' exclude each other' if len(paths) > 1 else ''}: {words}")
    return Resolved(profile, origins)


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
    if Path(name).exists():
        return f"{name}: is no file; a profile is a name ({', '.join(names())}) or a file's path"
    return f"there is no profile {name!r}; known: {', '.join(names())}; or give a file's path{meant(name, names())}"


def _file(path: Path) -> Layer:
    shown = path.name if path.parent == FOLDER else str(path)
    try:
        layer = checked(read(path.read_text(encoding="utf-8"), shown))
        return replace(layer, table=with_keys(layer, path.parent))
    except OSError as error:
        raise BadProfile(f"{shown}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise BadProfile(
            f"{shown}: not UTF-8, as TOML has to be: byte {error.start} is {error.object[error.start]:#04x}"
        ) from None
