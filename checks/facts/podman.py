"""Podman: its version, the folders where it looks for CDI specs, and what of CDI is kept from it.

`podman info` says nothing of CDI (4.3.1 and 5.4.2, watched; containers/podman pull request 28712 would add it), so the
folders follow from the version and from `cdi_spec_dirs` in containers.conf. `podman --version` reads and writes no
storage.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field

from checks.facts.cdi import ETC, MEMORY
from checks.facts.reading import Reading, Unknown

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

CONF = "/etc/containers/containers.conf.d/"
CONFIGURED, BOTH = (5, 5), (5, 6)
"""The first Podman that heeds cdi_spec_dirs (pull request 25717), whose own default was /etc/cdi alone (issue 26569),
and the first that has /var/run/cdi in it again (containers/common pull request 2462)."""

COMMAND = rf"""
path=$(command -v podman) || {{
    echo absent
    exit 0
}}
echo "program $path"
timeout -k 1 5 podman --version || exit 1
for f in /usr/share/containers/oci/hooks.d/*nvidia* /etc/containers/oci/hooks.d/*nvidia*; do
    [ -f "$f" ] && echo "hook $f"
done
find /etc/cdi /var/run/cdi -maxdepth 1 -type f -name '*.[yj][as][mo][ln]' ! -perm -004 2>/dev/null |
    sed 's/^/private /'
set --
for f in /usr/share/containers/containers.conf /etc/containers/containers.conf {CONF}*.conf; do
    [ -f "$f" ] && set -- "$@" "$f"
done
# What the last file says counts. One key may fill several lines.
[ $# = 0 ] || awk '
    /^[ \t]*cdi_spec_dirs[ \t]*=/ {{ inside = 1; sub(/^[^=]*=/, ""); printf "%s %s", "dirs", FILENAME }}
    inside {{ sub(/#.*/, ""); printf " %s", $0; if (/\]/) {{ inside = 0; print "" }} }}
    END {{ if (inside) print "" }}' "$@"
exit 0
"""


@dataclass(frozen=True)
class Podman:
    """`program` is its path, empty where there is none; `version` as it says it; `hooks` are NVIDIA's OCI hooks.

    `private` are CDI specs that ordinary users may not read. `told` are the folders of cdi_spec_dirs, None: not set.
    """

    program: str = ""
    version: str = ""
    hooks: tuple[str, ...] = ()
    private: tuple[str, ...] = ()
    told: tuple[str, ...] | None = field(default=None)

    @property
    def release(self) -> tuple[int, int]:
        """The version in two numbers; `Unknown` where it has no such form."""
        match = re.match(r"(\d+)\.(\d+)", self.version)
        if not match:
            raise Unknown(f"podman --version says {self.version[:60]!r}")
        return int(match[1]), int(match[2])

    @property
    def folders(self) -> tuple[str, ...]:
        """Where it looks for CDI specs."""
        if self.release < CONFIGURED:
            return ETC, MEMORY
        if self.told is not None:
            return self.told
        return (ETC, MEMORY) if self.release >= BOTH else (ETC,)


def parse(reading: Reading) -> Podman:
    """`absent`; or lines by their first word."""
    found: dict[str, list[str]] = {"program": [], "podman": [], "hook": [], "private": [], "dirs": []}
    lines = list(reading.lines())
    if lines == ["absent"]:
        return Podman()
    for line in lines:
        kind, _, value = line.partition(" ")
        if kind not in found:
            raise Unknown(f"unexpected line {line[:80]!r}")
        found[kind].append(value)
    if not found["program"] or not found["podman"]:
        raise Unknown("nothing about podman's program or version: the answer is not whole")
    told: tuple[str, ...] | None = None
    for each in found["dirs"]:
        told = _told(each.partition(" ")[2], told)
    version = found["podman"][0].removeprefix("version ")
    return Podman(found["program"][0], version, tuple(found["hook"]), tuple(found["private"]), told)


def _told(text: str, before: tuple[str, ...] | None) -> tuple[str, ...]:
    """One file's list; with {append = true} it goes behind that of the files before (containers.conf(5))."""
    try:
        each = tomllib.loads(f"dirs = {text}")["dirs"]
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Unknown(f"cdi_spec_dirs in containers.conf cannot be read: {error}") from error
    items = each if isinstance(each, list) else []
    paths = tuple(str(item) for item in items if isinstance(item, str))
    appends = any(isinstance(item, dict) and item.get("append") is True for item in items)
    return (*(before or (ETC,)), *paths) if appends else paths
