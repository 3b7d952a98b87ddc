"""What keeps dnf or yum from upgrading packages: the versionlock plugin's list, and excluded names. apt's are in dpkg.

dnf-automatic reads its own configuration over dnf.conf (dnf-automatic(8)); `automatic` is whether one of its timers is
enabled. The list is that of dnf-plugin-versionlock(8); each of its lines is a package at a version, or !excluded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from checks.facts.reading import Reading, Unknown, words
from checks.facts.shown import SHOW, exact, take

COMMAND = (
    SHOW
    + r"""
[ -d /etc/dnf ] || [ -e /etc/yum.conf ] || exit 0
for conf in /etc/dnf/plugins/versionlock.conf /etc/yum/pluginconf.d/versionlock.conf; do
    grep -qiE '^enabled *= *(1|true|yes|on)' "$conf" 2>/dev/null || continue
    list=$(sed -n 's/^locklist *= *//p' "$conf" | tail -n 1)
    [ -n "$list" ] || continue
    echo "plugin $list"
    sed -n 's/^[^#[:space:]]/lock &/p' "$list" 2>/dev/null
    break
done
[ -z "$(ls /etc/systemd/system/timers.target.wants/dnf-automatic*.timer 2>/dev/null)" ] || echo "automatic"
main=/etc/dnf/dnf.conf
[ -e "$main" ] || main=/etc/yum.conf
for each in "$main" /etc/dnf/automatic.conf; do
    [ ! -f "$each" ] || echo "sum $(sha256sum <"$each" | cut -c1-64) $each"
    show "$each"
done
exit 0
"""
)

_LOCK = re.compile(r"(?:(?P<epoch>\d+):)?(?P<name>.+)-(?:(?P<late>\d+):)?(?P<version>[^-]+-[^-]+?)(?:\.\*)?$")


@dataclass(frozen=True)
class Conf:
    """A file of settings: its text to the byte (None where that is not known), and its sha256."""

    text: str | None
    sum: str


@dataclass(frozen=True)
class Holds:
    """`plugin` is the file of the plugin's list, empty where it is not there or switched off."""

    plugin: str = ""
    locks: tuple[str, ...] = ()
    automatic: bool = False
    files: Mapping[str, Conf] = field(default_factory=dict)

    @property
    def locked(self) -> frozenset[tuple[str, str]]:
        """The locked packages: name, and version with release."""
        found = (_LOCK.match(lock) for lock in self.locks if not lock.startswith("!"))
        return frozenset((match["name"], match["version"]) for match in found if match)


def parse(reading: Reading) -> Holds:
    """`plugin`, `lock`, `automatic` and `sum` lines, and the files of settings."""
    texts, rest = take(reading.lines())
    plugin, automatic = "", False
    locks: list[str] = []
    sums: dict[str, str] = {}
    for line in rest:
        kind, _, value = line.partition(" ")
        if kind == "plugin":
            plugin = value
        elif kind == "lock":
            locks.append(value.strip())
        elif line == "automatic":
            automatic = True
        elif kind == "sum":
            digest, path = words(value, 2)
            sums[path] = digest
        elif line:
            raise Unknown(f"unexpected line {line[:80]!r}")
    files = {path: Conf(exact(texts.get(path, ""), digest), digest) for path, digest in sums.items()}
    return Holds(plugin, tuple(locks), automatic, files)
