"""NVIDIA's container toolkit and the runtimes: which programs there are, and which that configurations name are not.

Only files are read. `config` is /etc/nvidia-container-runtime/config.toml.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from checks.facts.reading import Reading, Unknown, words
from checks.facts.shown import SHOW, take

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PROGRAMS = (
    "nvidia-container-runtime",
    "nvidia-container-runtime-hook",
    "nvidia-container-cli",
    "nvidia-ctk",
    "runc",
    "crun",
)
CONFIG = "/etc/nvidia-container-runtime/config.toml"

COMMAND = rf"""
{SHOW}
for name in {" ".join(PROGRAMS)}; do
    path=$(command -v "$name") && echo "have $name $path"
done
show {CONFIG}
# Programs by their full path in any runtime's configuration, and the root of a driver that lies elsewhere.
for f in /etc/docker/daemon.json {CONFIG} /etc/containerd/*.toml /etc/containerd/conf.d/*.toml \
    /etc/crio/crio.conf /etc/crio/crio.conf.d/*; do
    readable "$f" && cat "$f"
done | sed 's/#.*//' |
    grep -oE '"@?/[^" ]*(runc|crun|nvidia|ldconfig)[^" ]*"' | sort -u | tr -d '"@' |
    while read -r path; do [ -e "$path" ] || echo "absent $path"; done
exit 0
"""


@dataclass(frozen=True)
class Toolkit:
    """`programs` by name, `absent` paths that a configuration names, `text` of its own configuration."""

    programs: dict[str, str]
    absent: tuple[str, ...]
    text: str

    @property
    def installed(self) -> bool:
        """Whether anything of NVIDIA's toolkit is here."""
        return bool(self.text) or any(name.startswith("nvidia") for name in self.programs)

    @cached_property
    def _read(self) -> tuple[dict[str, Any], str]:
        try:
            return tomllib.loads(self.text), ""
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            return {}, str(error)

    @property
    def problem(self) -> str:
        """Why its configuration cannot be read; empty when it can."""
        return self._read[1]

    def setting(self, table: str, key: str) -> Any:
        """A value of its configuration; None where it is not set."""
        found = self._read[0].get(table)
        return found.get(key) if isinstance(found, dict) else None

    def resolves(self, path: str) -> bool:
        """Whether a program that a configuration names can be started; a name not asked about is taken to be there."""
        if path.startswith("/"):
            return path not in self.absent
        return path not in PROGRAMS or path in self.programs


def parse(reading: Reading) -> Toolkit:
    """`have` and `absent` lines, and the shown file."""
    texts, rest = take(reading.lines())
    programs: dict[str, str] = {}
    absent: list[str] = []
    for line in rest:
        kind, _, value = line.partition(" ")
        if kind == "have":
            name, path = words(value, 2)
            programs[name] = path
        elif kind == "absent":
            absent.append(value)
        else:
            raise Unknown(f"unexpected line {line[:80]!r}")
    return Toolkit(programs, tuple(absent), texts.get(CONFIG, ""))
