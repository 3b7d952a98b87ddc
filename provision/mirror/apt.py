"""Packages of an apt system, found and fetched by the real apt in a private root: nothing of this machine is asked.

The root pretends to be a fresh installation: what debootstrap installs (Priority required and important, and what
those depend on), and nothing else. What apt would then install is exactly what such a host lacks. A package that the
host has, and that one of them wants in one version only, comes along: the host's may be older.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from provision.errors import BadInput, Unreachable, Usage
from provision.mirror.download import digest
from provision.mirror.systems import System

Stanza = Mapping[str, str]
_INSTALL = re.compile(r"^Inst (\S+) (?:\[\S+\] )?\((\S+) ", re.MULTILINE)
_EXACT = re.compile(r"([a-z0-9][a-z0-9+.-]+)(?::\w+)? \(= [^)]+\)")


@dataclass(frozen=True)
class Package:
    """One package as its index describes it."""

    name: str
    version: str
    stanza: Stanza

    @property
    def file(self) -> str:
        """What apt calls it in its archives."""
        version = self.version.replace(":", "%3a")
        return f"{self.name}_{version}_{self.stanza['Architecture']}.deb"


class Root:
    """apt with a root of its own below a folder, for one architecture; `parts`, `preferences`: its sources and pins."""

    def __init__(self, folder: Path, archives: Path, arch: str) -> None:
        self.folder, self.archives, self.arch = folder, archives, arch
        for name in ("parts", "preferences", "keys", "lists/partial", "cache", "state", "etc"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        (archives / "partial").mkdir(parents=True, exist_ok=True)
        self.base: dict[str, Package] = {}
        self.status = folder / "status"
        self.status.write_text("")

    def offer(self, system: System, mirrored: Mapping[str, str]) -> None:
        """The distribution's own archives, by the mirrors of the profile."""
        if not Path(system.keyring).is_file():
            raise Usage(
                f"{system.keyring} is not here, and without it nothing can be trusted: apt install {system.brings}"
            )
        for at, archive in enumerate(system.archives):
            (self.folder / f"parts/archive-{at}.sources").write_text(
                f"Types: deb\nURIs: {mirrored[archive.url]}\nSuites: {' '.join(archive.suites)}\n"
                f"Components: {archive.components}\nSigned-By: {system.keyring}\n"
            )

    def update(self) -> None:
        """Fetch the lists; what cannot be read or verified ends it."""
        for part in (self.folder / "parts").iterdir():
            # apt uses files of `file:` where they are; `copy:` brings them here.
            part.write_text(
                re.sub(r"(?m)^(URIs: .*)$", lambda line: line[1].replace("file:", "copy:"), part.read_text())
            )
        said = self._run("apt-get", "update")
        if wrong := [line for line in said.splitlines() if line.startswith(("W:", "E:"))]:
            raise Unreachable(f"not every list could be fetched: {'; '.join(wrong)[:600]}")

    def installs(self, names: Iterable[str]) -> list[Package]:
        """What apt would install, by its own simulation."""
        said = self._run("apt-get", "-s", "install", *names)
        return self.show([f"{name}={version}" for name, version in _INSTALL.findall(said)])

    def show(self, names: Sequence[str]) -> list[Package]:
        """Packages by name=version, as their index describes them."""
        if not names:
            return []
        text = self._run("apt-cache", "show", "--no-all-versions", *names)
        found = {(one["Package"], one["Version"]): one for one in stanzas(text)}
        pairs = [(name.partition("=")[0].partition(":")[0], name.partition("=")[2]) for name in names]
        return [Package(name, version, found[name, version]) for name, version in pairs]

    def depends(self, name: str) -> str:
        """What a metapackage depends on: `linux-image-amd64`'s newest kernel."""
        found = stanzas(self._run("apt-cache", "show", "--no-all-versions", name))
        return found[0].get("Depends", "")

    def settle(self) -> None:
        """From now on it counts as installed what debootstrap installs."""
        text = self._run("apt-cache", "dumpavail")
        first = {
            one["Package"]
            for one in stanzas(text)
            if one.get("Priority") in ("required", "important") or one.get("Essential") == "yes"
        }
        self.base = {package.name: package for package in self.installs(sorted(first))}
        installed = {"Status": "install ok installed"}
        self.status.write_text("".join(rendered(one.stanza, installed) for one in self.base.values()))

    def lacking(self, names: Sequence[str]) -> list[Package]:
        """What a fresh installation lacks of these and all that they depend on."""
        found = self.installs(names)
        seen: set[str] = set()
        for one in found:  # grows meanwhile
            tied = [name for name in exact(one.stanza) if name in self.base and name not in seen]
            seen.update(tied)
            found += [self.base[name] for name in tied]
        return found

    def fetch(self, names: Sequence[str], packages: Sequence[Package]) -> None:
        """Fetch them; what is there already counts where it is what its index says, and what was cut off goes on."""
        for one in packages:
            file = self.archives / one.file
            if file.exists() and digest(file) != one.stanza["SHA256"]:
                file.unlink()
        tied = [f"{one.name}={one.version}" for one in packages if one.name in self.base]
        self._run("apt-get", "-y", "--download-only", "--reinstall", "install", *names, *tied)
        for one in packages:
            file = self.archives / one.file
            if not file.exists():
                raise Unreachable(f"{one.file} did not come: run the same command again, it goes on")
            if (found := digest(file)) != one.stanza["SHA256"]:
                file.unlink()
                raise BadInput(f"{one.file} is not what its index says: sha256 {found}; it was not kept")

    def _run(self, tool: str, *arguments: str) -> str:
        at = self.folder
        options = {
            "Dir": f"{at}/",
            "Dir::Etc": f"{at}/etc/",
            "Dir::Etc::SourceList": "/dev/null",
            "Dir::Etc::SourceParts": f"{at}/parts/",
            "Dir::Etc::PreferencesParts": f"{at}/preferences/",
            "Dir::State": f"{at}/state/",
            "Dir::State::Lists": f"{at}/lists/",
            "Dir::State::status": str(self.status),
            "Dir::Cache": f"{at}/cache/",
            "Dir::Cache::archives": f"{self.archives}/",
            "APT::Architecture": self.arch,
            "APT::Install-Recommends": "false",
            "APT::Keep-Downloaded-Packages": "true",
            "APT::Sandbox::User": "root" if os.getuid() == 0 else "",
            "Acquire::Languages": "none",
            "Acquire::Retries": "2",
            "Debug::NoLocking": "true",
        }
        given = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
        try:
            done = subprocess.run(
                [tool, "-q", *given, "-o", f"APT::Architectures::={self.arch}", *arguments],
                capture_output=True,
                text=True,
                check=False,
                env={**os.environ, "LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
            )
        except FileNotFoundError:
            raise Usage("apt-get is not here: make the directory on a machine with Debian or Ubuntu") from None
        if done.returncode != 0:
            said = [line for line in (done.stderr + done.stdout).splitlines() if line.startswith(("E:", " ", "W:"))]
            raise Unreachable(f"apt says: {'; '.join(said)[:800] or done.stderr[-300:]}")
        return done.stdout + (done.stderr if arguments[0] == "update" else "")


def exact(stanza: Stanza) -> list[str]:
    """The packages that it wants in one version only."""
    return _EXACT.findall(f"{stanza.get('Pre-Depends', '')}, {stanza.get('Depends', '')}")


def stanzas(text: str) -> list[dict[str, str]]:
    """The stanzas of an index, each field with its further lines."""
    return [_fields(part) for part in re.split(r"\n\n+", text) if part.strip()]


def _fields(part: str) -> dict[str, str]:
    found: dict[str, str] = {}
    name = ""
    for line in part.splitlines():
        if line[:1].isspace() and name:
            found[name] += f"\n{line}"
        elif ":" in line:
            name, _, value = line.partition(":")
            found[name] = value.strip()
    return found


def rendered(stanza: Stanza, other: Mapping[str, str]) -> str:
    """A stanza with some fields said otherwise."""
    return "".join(f"{name}: {value}\n" for name, value in {**stanza, **other}.items()) + "\n"
