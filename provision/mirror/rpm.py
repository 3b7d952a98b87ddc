"""Packages of Enterprise Linux, found in their repositories' own metadata: what the wanted ones require, to the end.

A small solver, for one that runs where neither dnf nor rpm is: wanted packages first, then for each requirement the
newest package that provides it. What a minimal installation has (the group core of the distribution's comps, and what
that requires) is left out. It does not weigh conflicts or conditional requirements: on the host dnf does, with what is
there.
"""

from __future__ import annotations

import fnmatch
import gzip
import lzma
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from provision.errors import Unreachable

COMMON = "http://linux.duke.edu/metadata/common"
RPM = "http://linux.duke.edu/metadata/rpm"
REPO = "http://linux.duke.edu/metadata/repo"
Evr = tuple[str, str, str]


@dataclass(frozen=True)
class Relation:
    """What is provided or required; `flags` are EQ, LT, LE, GT, GE, or nothing."""

    name: str
    flags: str = ""
    evr: Evr = ("0", "", "")


@dataclass(frozen=True)
class Package:
    """One package of a repository: where it is, and its entry of the primary metadata."""

    repository: str
    name: str
    arch: str
    evr: Evr
    location: str
    sha256: str
    size: int
    provides: tuple[Relation, ...]
    requires: tuple[Relation, ...]
    files: frozenset[str]
    entry: ET.Element = field(compare=False, hash=False, repr=False)

    @property
    def full(self) -> str:
        """Its name as dnf is asked for one: name-version-release.arch."""
        return f"{self.name}-{self.evr[1]}-{self.evr[2]}.{self.arch}"

    def fits(self, asked: str) -> bool:
        """Whether it is meant by a name, with a version or without, as dnf takes them."""
        plain = self.full.rpartition(".")[0]
        names = (self.name, f"{self.name}-{self.evr[1]}", plain, self.full)
        return any(fnmatch.fnmatchcase(name, asked) for name in names)


def compare(one: str, other: str) -> int:
    """rpmvercmp: negative, 0 or positive, as the first version is older, the same or newer."""
    pairs = zip_longest(*(re.findall(r"\d+|[a-zA-Z]+|~|\^", text) for text in (one, other)))
    for left, right in pairs:
        if left == right:
            continue
        if "~" in (left, right):
            return -1 if left == "~" else 1
        if left is None or right is None:
            return -1 if left is None else 1
        if left.isdigit() and right.isdigit():
            if int(left) != int(right):
                return -1 if int(left) < int(right) else 1
            continue
        if left.isdigit() or right.isdigit():
            return 1 if left.isdigit() else -1
        return -1 if left < right else 1
    return 0


def newer(one: Evr, other: Evr) -> int:
    """The same for epoch, version and release; an empty release fits any."""
    for left, right in zip(one, other, strict=True):
        if not left or not right:
            return 0
        if found := compare(left, right):
            return found
    return 0


def meets(provided: Relation, required: Relation) -> bool:
    """Whether what is provided fulfils what is required."""
    if provided.name != required.name:
        return False
    if not required.flags or not provided.flags:
        return True
    order = newer(provided.evr, required.evr)
    return (order == 0 and required.flags in ("EQ", "LE", "GE")) or required.flags[0] == ("G" if order > 0 else "L")


class Metadata:
    """All packages of some repositories; those of the first named are preferred where both have one."""

    def __init__(self, packages: Iterable[Package], preferred: Sequence[str] = ()) -> None:
        self.packages = list(packages)
        self.preferred = preferred
        self.providers: dict[str, list[Package]] = {}
        for one in self.packages:
            for name in {*(each.name for each in one.provides), *one.files}:
                self.providers.setdefault(name, []).append(one)

    def best(self, found: Sequence[Package]) -> Package:
        """The newest, of a preferred repository if one has it."""
        first = [one for one in found if one.repository in self.preferred] or list(found)
        best = first[0]
        for one in first[1:]:
            if newer(one.evr, best.evr) > 0:
                best = one
        return best

    def asked(self, name: str) -> Package:
        """The package that dnf would take for a name."""
        found = [one for one in self.packages if one.fits(name)]
        if not found:
            raise Unreachable(f"no repository has {name}")
        return self.best(found)

    def providing(self, required: Relation) -> list[Package]:
        """Those that fulfil a requirement; those of its very name first."""
        found = [
            one
            for one in self.providers.get(required.name, ())
            if required.name in one.files or any(meets(each, required) for each in one.provides)
        ]
        return [one for one in found if one.name == required.name] or found

    def closure(
        self, names: Iterable[str], base: frozenset[str] = frozenset()
    ) -> tuple[list[Package], list[tuple[str, str]]]:
        """The packages for these names with all that they require, less the base; and what no repository provides."""
        chosen = {one.name: one for one in map(self.asked, names)}
        missing: list[tuple[str, str]] = []
        queue = list(chosen.values())
        for one in queue:  # grows meanwhile
            for required in one.requires:
                found = self.providing(required)
                if any(each.name in base or chosen.get(each.name) == each for each in found):
                    continue
                if not found:
                    missing.append((required.name, one.name))
                    continue
                best = self.best(found)
                chosen[best.name] = best
                queue.append(best)
        return list(chosen.values()), missing


def primary(repository: str, text: bytes, machine: str) -> Iterator[Package]:
    """The packages of a repository's primary metadata for one architecture; sources apart."""
    for entry in parsed(text).iter(f"{{{COMMON}}}package"):
        version, location = entry.find(f"{{{COMMON}}}version"), entry.find(f"{{{COMMON}}}location")
        size = entry.find(f"{{{COMMON}}}size")
        form = entry.find(f"{{{COMMON}}}format")
        arch = entry.findtext(f"{{{COMMON}}}arch", "")
        if version is None or location is None or size is None or form is None or arch not in (machine, "noarch"):
            continue
        yield Package(
            repository,
            entry.findtext(f"{{{COMMON}}}name", ""),
            arch,
            _evr(version.attrib),
            location.get("href", ""),
            entry.findtext(f"{{{COMMON}}}checksum", ""),
            int(size.get("package", "0")),
            tuple(_relations(form, "provides")),
            tuple(each for each in _relations(form, "requires") if not _by_itself(each.name)),
            frozenset(file.text or "" for file in form.iter(f"{{{COMMON}}}file")),
            entry,
        )


def _relations(form: ET.Element, kind: str) -> Iterator[Relation]:
    for entry in form.iterfind(f"{{{RPM}}}{kind}/{{{RPM}}}entry"):
        yield Relation(entry.get("name", ""), entry.get("flags", ""), _evr(entry.attrib))


def _evr(fields: Mapping[str, str]) -> Evr:
    return fields.get("epoch", "0"), fields.get("ver", ""), fields.get("rel", "")


def _by_itself(name: str) -> bool:
    """What rpm itself provides, and conditions, which dnf weighs on the host."""
    return name.startswith(("rpmlib(", "config(", "("))


def core(comps: bytes) -> frozenset[str]:
    """The packages of the group core: what a minimal installation begins with."""
    for group in parsed(comps).iter("group"):
        if group.findtext("id") == "core":
            return frozenset(each.text or "" for each in group.iter("packagereq"))
    return frozenset()


def parsed(text: bytes) -> ET.Element:
    """XML of a repository's metadata."""
    try:
        return ET.fromstring(text)  # noqa: S314 - the repositories are those that the profile trusts with root
    except ET.ParseError as wrong:
        raise Unreachable(f"what a repository answers is no metadata: {wrong}") from None


def unpacked(name: str, content: bytes) -> bytes:
    """By the suffix of its name."""
    try:
        if name.endswith(".gz"):
            return gzip.decompress(content)
        if name.endswith(".xz"):
            return lzma.decompress(content)
    except (OSError, EOFError, lzma.LZMAError) as wrong:
        raise Unreachable(f"{name} cannot be unpacked: {wrong}") from None
    if name.endswith(".xml"):
        return content
    raise Unreachable(f"{name} is packed in a way that cannot be read here: gz, xz and plain can")
