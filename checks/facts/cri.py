"""containerd and CRI-O as they are configured: the runtimes that Kubernetes can ask for.

Only files are read. containerd's configuration has three versions, which name the Kubernetes plugin differently;
before 2.0 a drop-in replaces a plugin's whole section, later ones merge it key by key (containerd issue 5837,
and 2.0.11 watched).
"""

from __future__ import annotations

import fnmatch
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from checks.facts.reading import Reading, Unknown
from checks.facts.shown import SHOW, exact, take

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

CONTAINERD = "/etc/containerd/config.toml"
DROP_IN = "/etc/containerd/conf.d/"
CRIO = "/etc/crio/"
UNREAD = "/etc/crio/conf.d/"
"""Where nvidia-ctk 1.18.0 to 1.19.0 wrote CRI-O's drop-in; CRI-O reads crio.conf.d."""

PLUGINS = {1: "cri", 2: "io.containerd.grpc.v1.cri", 3: "io.containerd.cri.v1.runtime"}

COMMAND = rf"""
{SHOW}
# shellcheck disable=SC2046 # what the main file imports, globs and all
set -- {CONTAINERD} {DROP_IN}*.toml $(sed -n '/^ *imports *=/,/\]/p' {CONTAINERD} 2>/dev/null |
    grep -o '/[^" ]*\.toml' | grep -v "^{DROP_IN}") {CRIO}crio.conf {CRIO}crio.conf.d/*
show "$@"
for f; do [ -f "$f" ] && [ -r "$f" ] && sha256sum "$f"; done | sed -E 's/^([0-9a-f]+) [ *](.*)/sum \1 \2/'
for f in {UNREAD}*; do [ -e "$f" ] && echo "unread $f"; done
command -v containerd >/dev/null && containerd --version 2>/dev/null | awk '{{ print "containerd " $3 }}'
[ -S /run/containerd/containerd.sock ] && echo "up containerd"
[ -S /run/crio/crio.sock ] && echo "up crio"
exit 0
"""


@dataclass(frozen=True)
class Cri:
    """The texts by path and their sha256, containerd's version, files that nothing reads, engines with a socket."""

    texts: dict[str, str]
    containerd: str
    unread: tuple[str, ...]
    up: tuple[str, ...]
    sums: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def _parsed(self) -> dict[str, tuple[dict[str, Any], str]]:
        return {path: _load(text) for path, text in self.texts.items()}

    @property
    def problems(self) -> Iterator[tuple[str, str]]:
        """Files that are no TOML, with the place."""
        yield from ((path, problem) for path, (_, problem) in self._parsed.items() if problem)

    @property
    def release(self) -> tuple[int, int]:
        """Containerd's version in two numbers; (0, 0) where it is not installed."""
        match = re.match(r"v?(\d+)\.(\d+)", self.containerd)
        return (int(match[1]), int(match[2])) if match else (0, 0)

    def table(self, path: str) -> dict[str, Any]:
        """One file's table; empty where there is none."""
        return self._parsed[path][0] if path in self._parsed else {}

    def version(self, path: str) -> int:
        """The version that a file of containerd declares: 1 unless it says so."""
        found = self.table(path).get("version", 1)
        return found if isinstance(found, int) else 1

    @property
    def imported(self) -> tuple[str, ...]:
        """The drop-ins that the main file imports, as they are read."""
        globs = self.table(CONTAINERD).get("imports", [])
        names = sorted(path for path in self.texts if path != CONTAINERD and not path.startswith(CRIO))
        return tuple(name for name in names if isinstance(globs, list) and _matches(name, globs))

    @property
    def speaking(self) -> tuple[str, ...]:
        """Containerd's files that say anything to the Kubernetes plugin, in the order in which they count."""
        return tuple(path for path in (CONTAINERD, *self.imported) if self.told(path))

    def told(self, path: str) -> dict[str, Any]:
        """What one file says to the Kubernetes plugin."""
        return at(self.table(path), "plugins", PLUGINS.get(self.version(path), ""))

    def exact(self, path: str) -> str | None:
        """A file's text to the byte; None where that is not known."""
        return exact(self.texts.get(path, ""), self.sums.get(path, ""))

    @cached_property
    def plugin(self) -> dict[str, Any]:
        """What the Kubernetes plugin is told, drop-ins included."""
        found: dict[str, Any] = {}
        for path in self.speaking:
            found = _merged(found, self.told(path)) if self.release >= (2, 0) else self.told(path)
        return found

    @property
    def section(self) -> dict[str, Any]:
        """What it is told about runtimes: its table `containerd`."""
        return at(self.plugin, "containerd")

    @property
    def of_crio(self) -> tuple[str, ...]:
        """CRI-O's files, in the order in which it reads them."""
        return tuple(sorted((p for p in self.texts if p.startswith(CRIO)), key=lambda p: (p.count("/"), p)))

    @property
    def crio(self) -> dict[str, Any]:
        """CRI-O's runtime table, drop-ins over the main file."""
        found: dict[str, Any] = {}
        for path in self.of_crio:
            found = _merged(found, at(self.table(path), "crio", "runtime"))
        return found


def _load(text: str) -> tuple[dict[str, Any], str]:
    try:
        return tomllib.loads(text), ""
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return {}, str(error)


def _matches(name: str, globs: list[Any]) -> bool:
    return any(fnmatch.fnmatch(name, str(glob)) for glob in globs)


def at(table: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    """The table below these keys; empty where there is none, or something else."""
    found: Any = table
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def _merged(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    found = dict(under)
    for key, value in over.items():
        old = found.get(key)
        found[key] = _merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return found


def parse(reading: Reading) -> Cri:
    """The shown files; `sum`, `unread`, `containerd` and `up` lines."""
    texts, rest = take(reading.lines())
    found: dict[str, list[str]] = {"sum": [], "unread": [], "containerd": [], "up": []}
    for line in rest:
        kind, _, value = line.partition(" ")
        if kind not in found:
            raise Unknown(f"unexpected line {line[:80]!r}")
        found[kind].append(value)
    sums = {path: total for total, _, path in (line.partition(" ") for line in found["sum"])}
    return Cri(texts, "".join(found["containerd"][:1]), tuple(found["unread"]), tuple(found["up"]), sums)
