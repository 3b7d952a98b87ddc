"""A profile: what a host should be. It comes from TOML, and it is the only place with versions and package names."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FOLDER = Path(__file__).parent
DEFAULT = "debian"
METHODS = ("auto", "link", "copy")

_PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]+$")
_WORD = re.compile(r"[a-z0-9][a-z0-9-]*$")


class BadProfile(ValueError):  # noqa: N818 - it reads as what it is
    """A profile that cannot be used; the text names the file, the line where it is known, and the key."""


@dataclass(frozen=True)
class DriverProfile:
    """The driver's packages, the components of the archive that hold them, and the branch of each release."""

    packages: tuple[str, ...]
    components: tuple[str, ...]
    branch: dict[str, int]


@dataclass(frozen=True)
class Profile:
    """A resolved profile."""

    name: str
    driver: DriverProfile
    docker: tuple[str, ...]
    docker_also: dict[str, tuple[str, ...]]
    volume_method: str
    expected_gpus: int


def names() -> tuple[str, ...]:
    """The profiles that come with the program."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


def load(name: str) -> Profile:
    """A profile by its name, or by the path of a file; `BadProfile` says what is wrong with it."""
    known = FOLDER / f"{name}.toml"
    if _WORD.match(name) and known.is_file():
        return parse(known.read_text(encoding="utf-8"), known.name)
    path = Path(name)
    if not path.is_file():
        raise BadProfile(f"there is no profile {name!r}; known: {', '.join(names())}; or give a file's path")
    try:
        return parse(path.read_text(encoding="utf-8"), name)
    except (OSError, UnicodeDecodeError) as error:
        raise BadProfile(f"{name}: cannot be read: {error}") from None


def parse(text: str, file: str) -> Profile:
    """A profile from TOML; `file` is for the words of an error."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadProfile(f"{file}: {error}") from None
    reader = _Reader(file, text)
    reader.known(table, "", ("name", "driver", "docker", "driver_volume", "expect"))
    driver = reader.table(table, "driver", ("packages", "components", "branch"))
    docker = reader.table(table, "docker", ("packages", "also"))
    also = docker.get("also", {})
    if not isinstance(also, dict):
        raise reader.bad("docker.also", "wants a table of release = [packages]")
    volume = reader.table(table, "driver_volume", ("method",))
    expect = reader.table(table, "expect", ("gpus",))
    branch = driver.get("branch", {})
    if not isinstance(branch, dict) or not all(_is_count(value) for value in branch.values()):
        raise reader.bad("driver.branch", "wants a table of release = number")
    method = volume.get("method", "auto")
    if method not in METHODS:
        raise reader.bad("driver_volume.method", f"wants one of {', '.join(METHODS)}, not {method!r}")
    gpus = expect.get("gpus", 0)
    if not _is_count(gpus):
        raise reader.bad("expect.gpus", f"wants a number of GPUs, not {gpus!r}")
    name = table.get("name", "")
    if not isinstance(name, str) or not _WORD.match(name):
        raise reader.bad("name", "wants a name of small letters, digits and hyphens")
    return Profile(
        name,
        DriverProfile(
            reader.strings(driver, "driver.packages", _PACKAGE),
            reader.strings(driver, "driver.components", _WORD),
            dict(branch),
        ),
        reader.strings(docker, "docker.packages", _PACKAGE),
        {release: reader.strings(also, f"docker.also.{release}", _PACKAGE) for release in also},
        method,
        gpus,
    )


def render(profile: Profile) -> str:
    """The TOML of a resolved profile: `parse` of it gives the profile back."""
    branch = "".join(f"{key} = {value}\n" for key, value in profile.driver.branch.items())
    also = "".join(f"{key} = {_list(names)}\n" for key, names in profile.docker_also.items())
    return (
        f'name = "{profile.name}"\n\n'
        f"[driver]\npackages = {_list(profile.driver.packages)}\ncomponents = {_list(profile.driver.components)}\n\n"
        f"[driver.branch]\n{branch}\n"
        f"[docker]\npackages = {_list(profile.docker)}\n\n[docker.also]\n{also}\n"
        f'[driver_volume]\nmethod = "{profile.volume_method}"\n\n'
        f"[expect]\ngpus = {profile.expected_gpus}\n"
    )


def _list(items: tuple[str, ...]) -> str:
    return "[" + ", ".join(f'"{item}"' for item in items) + "]"


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


class _Reader:
    """Takes tables apart and names the file, line and key of what does not fit."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.lines = text.splitlines()

    def bad(self, key: str, problem: str) -> BadProfile:
        last = key.rpartition(".")[2]
        pattern = re.compile(rf"\s*(\[?[\w.]*\b{re.escape(last)}\b\]?)\s*(=|$)")
        line = next((i for i, text in enumerate(self.lines, 1) if pattern.match(text)), None)
        return BadProfile(f"{self.file}{f':{line}' if line else ''}: {key}: {problem}")

    def known(self, table: dict[str, Any], prefix: str, keys: tuple[str, ...]) -> None:
        for key in table:
            if key not in keys:
                raise self.bad(prefix + key, f"not a key of a profile; known here: {', '.join(keys)}")

    def table(self, parent: dict[str, Any], key: str, keys: tuple[str, ...]) -> dict[str, Any]:
        table = parent.get(key, {})
        if not isinstance(table, dict):
            raise self.bad(key, "wants a table")
        self.known(table, key + ".", keys)
        return table

    def strings(self, table: dict[str, Any], key: str, pattern: re.Pattern[str]) -> tuple[str, ...]:
        items = table.get(key.rpartition(".")[2], [])
        if not isinstance(items, list) or not all(isinstance(i, str) and pattern.match(i) for i in items):
            raise self.bad(key, "wants a list of names")
        return tuple(items)
