"""Holds the mirror's lists against the live repositories: `python -m tests.lab.mirror.compare [REPOSITORY ...]`.

For each package that the lists name it says where the live repository does not have it, not in that version, or with
other dependencies, and where apt's Release has another origin or label, by which pins know it; a difference that the
entry marks as invented is said to be so. Exit status: 0 no difference, 1
some, 69 a repository could not be read. It needs the internet, and changes nothing.
"""

from __future__ import annotations

import re
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING

from provision.errors import Unreachable
from provision.mirror.rpm import parsed, unpacked
from tests.lab.errors import LabError
from tests.lab.mirror import data

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tests.lab.mirror.data import Listed, Repository

SECONDS = 60
COMMON = "{http://linux.duke.edu/metadata/common}"
RPM = "{http://linux.duke.edu/metadata/rpm}"
REPO = "{http://linux.duke.edu/metadata/repo}"
FAILED = 69
# The lab's stand-in of a whole distribution is not meant to look like one.
NOT_COMPARED = "distribution"


@dataclass(frozen=True)
class Live:
    """A package as a repository has it: its version, and the names of what it requires."""

    name: str
    version: str
    requires: frozenset[str]


def main(names: Sequence[str], fetch: Callable[[str], bytes] | None = None) -> int:
    """Compare, and print what is different."""
    contents = data.load()
    known = {each.name: each for each in contents.repositories if each.key != NOT_COMPARED and each.format != "files"}
    if wrong := [name for name in names if name not in known]:
        print(f"no repository {wrong[0]!r} can be compared: there are {', '.join(known)}")
        return 64
    status = 0
    for repository in [known[name] for name in names] or known.values():
        try:
            live = read(repository, fetch or over_https)
            labels = list(labelled(repository, fetch or over_https))
        except (LabError, Unreachable) as failure:
            print(f"{repository.name}: {failure}; it was not compared")
            status = FAILED
            continue
        found = [*labels, *differences(contents.of(repository), live)]
        print(f"{repository.name}: {len(found) or 'no'} difference{'' if len(found) == 1 else 's'}")
        print("".join(f"  {line}\n" for line in found), end="")
        status = status or int(bool(found))
    return status


def differences(listed: Sequence[Listed], live: Sequence[Live]) -> Iterator[str]:
    """One line for each."""
    versions: dict[str, dict[str, Live]] = {}
    for each in live:
        versions.setdefault(each.name, {})[each.version] = each
    for package in listed:
        there = versions.get(package.name, {})
        marked = f" (invented: {package.invented})" if package.invented else ""
        if not there:
            yield f"{package.name} is not there{marked}"
        elif package.version not in there:
            newest = ", ".join(list(there)[-3:])
            yield f"{package.name} {package.version} is not there, but {newest}{marked}"
        elif lacking := there[package.version].requires - names_in(package.requires):
            yield f"{package.name} {package.version} also requires {', '.join(sorted(lacking))}{marked}"


def labelled(repository: Repository, fetch: Callable[[str], bytes]) -> Iterator[str]:
    """Where the origin and the label of an apt repository are other ones."""
    if repository.format == "rpm":
        return
    folder = f"dists/{repository.suites[0]}/" if repository.format == "apt" else ""
    text = fetch(f"https://{repository.host}/{repository.paths[0]}/{folder}Release").decode(errors="replace")
    said = dict(line.split(": ", 1) for line in text.splitlines() if ": " in line and not line.startswith(" "))
    for name in ("Origin", "Label"):
        if name in repository.fields and said.get(name) != repository.fields[name]:
            yield f"its {name} is {said.get(name) or 'not there'}, not {repository.fields[name]}"


def names_in(relations: Sequence[str]) -> frozenset[str]:
    """The names in relations of either format, alternatives apart; without what rpm finds in files by itself."""
    words = (re.split(r"[\s(<>=]", choice.strip())[0] for each in relations for choice in each.split("|"))
    return frozenset(word for word in words if word and not re.match(r"rpmlib|/|lib.*\.so|config$|rtld$", word))


def read(repository: Repository, fetch: Callable[[str], bytes]) -> list[Live]:
    """The live packages of a repository."""
    base = f"https://{repository.host}/{repository.paths[0]}"
    if repository.format == "rpm":
        return list(primary(unpacked(*_primary(base, fetch))))
    if repository.format == "apt-flat":
        return list(stanzas(unpacked("Packages.gz", fetch(f"{base}/Packages.gz"))))
    path = f"dists/{repository.suites[0]}/{repository.component}/binary-amd64/Packages.gz"
    return list(stanzas(unpacked(path, fetch(f"{base}/{path}"))))


def _primary(base: str, fetch: Callable[[str], bytes]) -> tuple[str, bytes]:
    root = parsed(fetch(f"{base}/repodata/repomd.xml"))
    for entry in root.iter(f"{REPO}data"):
        location = entry.find(f"{REPO}location")
        if entry.get("type") == "primary" and location is not None:
            name = location.get("href", "")
            return name, fetch(f"{base}/{name}")
    raise LabError("its repomd.xml names no primary metadata")


def primary(text: bytes) -> Iterator[Live]:
    """The packages of yum's primary metadata."""
    for package in parsed(text).iter(f"{COMMON}package"):
        version = package.find(f"{COMMON}version")
        if version is None:
            raise LabError("a package in its primary metadata has no version")
        epoch = version.get("epoch", "0")
        full = f"{version.get('ver')}-{version.get('rel')}"
        asked = [entry.get("name", "") for entry in package.iterfind(f"{COMMON}format/{RPM}requires/{RPM}entry")]
        yield Live(package.findtext(f"{COMMON}name", ""), full if epoch == "0" else f"{epoch}:{full}", names_in(asked))


def stanzas(text: bytes) -> Iterator[Live]:
    """The packages of apt's Packages."""
    for stanza in text.decode(errors="replace").split("\n\n"):
        fields: Mapping[str, str] = dict(
            line.split(": ", 1) for line in stanza.splitlines() if ": " in line and not line.startswith(" ")
        )
        if "Package" in fields:
            asked = [each for name in ("Depends", "Pre-Depends") for each in fields.get(name, "").split(",")]
            yield Live(fields["Package"], fields.get("Version", ""), names_in(asked))


def over_https(url: str) -> bytes:
    """Fetch, or say what is in the way."""
    try:
        with urllib.request.urlopen(url, timeout=SECONDS) as answer:  # noqa: S310  read() makes only https addresses
            content: bytes = answer.read()
            return content
    except urllib.error.HTTPError as refusal:
        raise LabError(f"{url} answers {refusal.code} {refusal.reason}") from None
    except (urllib.error.URLError, OSError) as unreachable:
        raise LabError(f"{url} cannot be reached ({unreachable}): is there internet here?") from None


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
