"""The mirror's contents as `data/*.toml` lists them: repositories, packages, archives, each marked sourced or invented.

`each` repeats an entry with other words; `{word}` in any text of the entry stands for them, `{branch}` for what
precedes the first dot of `{v}`.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from tests.lab.errors import LabError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

HERE = Path(__file__).parent / "data"
Entry = TypeVar("Entry")
FORMATS = ("rpm", "apt", "apt-flat", "files")


@dataclass(frozen=True)
class Repository:
    """Where it is served, in which format, signed by whose key; `files` are beside it, by their path on the host."""

    name: str
    host: str
    paths: tuple[str, ...]
    format: str
    key: str
    suites: tuple[str, ...] = ()
    component: str = ""
    others: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    sourced: str = ""
    invented: str = ""


@dataclass(frozen=True)
class Listed:
    """A package as listed; `texts` are files with their content, `payload` names functions of payloads/.

    `format` (deb or rpm) says what it is in a repository that is none but a folder of files.
    """

    name: str
    version: str
    repositories: tuple[str, ...]
    arch: str = "x86_64"
    requires: tuple[str, ...] = ()
    provides: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    obsoletes: tuple[str, ...] = ()
    payload: tuple[str, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    format: str = ""
    sourced: str = ""
    invented: str = ""


@dataclass(frozen=True)
class Archive:
    """A tar of a payload, at an address; `root` is cut off the payload's paths."""

    host: str
    path: str
    payload: tuple[str, ...]
    root: str = "/"
    manifest: str = ""
    sourced: str = ""
    invented: str = ""


@dataclass(frozen=True)
class Contents:
    """Everything that the mirror has."""

    repositories: tuple[Repository, ...]
    packages: tuple[Listed, ...]
    archives: tuple[Archive, ...]

    def of(self, repository: Repository) -> tuple[Listed, ...]:
        """The packages of a repository."""
        return tuple(each for each in self.packages if repository.name in each.repositories)

    @property
    def hosts(self) -> tuple[str, ...]:
        """Every host name that is served."""
        return tuple(sorted({each.host for each in self.repositories} | {each.host for each in self.archives}))


def load(folder: Path = HERE) -> Contents:
    """Read all lists; what is wrong with one is said with its file and name."""
    repositories = tuple(_made(Repository, "repository", folder))
    packages = tuple(_made(Listed, "package", folder))
    archives = tuple(_made(Archive, "archive", folder))
    _check(repositories, packages, archives)
    return Contents(repositories, packages, archives)


def _made(make: Callable[..., Entry], kind: str, folder: Path) -> Iterator[Entry]:
    for file in sorted(folder.glob("*.toml")):
        for table in tomllib.loads(file.read_text(encoding="utf-8")).get(kind, []):
            for entry in _repeated(table):
                try:
                    yield make(**_typed(entry))
                except TypeError as wrong:
                    raise LabError(f"{file.name}: {entry.get('name', entry.get('path'))}: {wrong}") from None


def _repeated(table: dict[str, Any]) -> Iterator[dict[str, Any]]:
    rest = {name: value for name, value in table.items() if name != "each"}
    for words in table.get("each", [{}]):
        known = {**words, "branch": words.get("v", "").partition(".")[0]}
        yield {name: _filled(value, known) for name, value in rest.items()}


def _filled(value: Any, words: dict[str, str]) -> Any:
    if isinstance(value, str):
        for word, text in words.items():
            value = value.replace(f"{{{word}}}", text)
        return value
    if isinstance(value, list):
        return [_filled(each, words) for each in value]
    return {_filled(name, words): _filled(each, words) for name, each in value.items()}


def _typed(entry: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in entry.items()}


def _check(repositories: tuple[Repository, ...], packages: tuple[Listed, ...], archives: tuple[Archive, ...]) -> None:
    names = {each.name for each in repositories}
    for package in packages:
        for name in package.repositories:
            if name not in names:
                raise LabError(f"package {package.name} is listed for {name}, which is no repository")
    for repository in repositories:
        if repository.format not in FORMATS:
            raise LabError(f"repository {repository.name}: there is no format {repository.format}")
    _once(packages)
    marks = [(each.name, each.sourced or each.invented) for each in repositories]
    marks += [(each.name, each.sourced or each.invented) for each in packages]
    marks += [(each.path, each.sourced or each.invented) for each in archives]
    for name, mark in marks:
        if not mark:
            raise LabError(f"{name} is marked neither sourced nor invented")


def _once(packages: tuple[Listed, ...]) -> None:
    seen: set[tuple[str, ...]] = set()
    for package in packages:
        for name in package.repositories:
            one = (name, package.name, package.version, package.format)
            if one in seen:
                raise LabError(f"package {package.name} {package.version} is listed twice for {name}")
            seen.add(one)
