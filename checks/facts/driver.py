"""The NVIDIA driver on disk: modules built per kernel, and the user-space library.

Debian names the module nvidia-current, Ubuntu 16.04 nvidia_375, others nvidia; what it is called here is read, never
assumed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from checks.facts.reading import Reading, Unknown, words

COMMAND = r"""
for table in /lib/modules/*/modules.dep; do
    [ -e "$table" ] || continue
    tree=${table%/modules.dep}
    # The names that distributions give the main module; never its companions (-uvm, -drm, ...).
    for path in $(sed -nE 's/^(([^:]*\/)?nvidia(-current|-tesla|-legacy)?([-_][0-9]+(xx)?)?(-open)?\.ko[^:]*):.*/\1/p' \
        "$table"); do
        file=$tree/$path
        [ -e "$file" ] || continue
        name=${path##*/}
        echo "built ${tree##*/} ${name%%.ko*} $(modinfo -F version "$file") $(modinfo -F license "$file")"
    done
done
for status in /var/lib/dkms/nvidia*/*/build; do
    [ -e "$status" ] || continue
    status=${status%/build}
    echo "source ${status#/var/lib/dkms/}"
    sed -n 's/^/log /p' "$status/build/make.log" 2>/dev/null | tail -n 5
done
ldconfig -p | sed -nE 's/^[[:space:]]*libnvidia-ml\.so\.1 \(.*(x86-64|AArch64).*\) => //p' |
    while read -r path; do echo "library $(readlink -f "$path")"; done
exit 0
"""

_SUFFIX = re.compile(r"\.so\.(\d+(?:\.\d+)+)$")


@dataclass(frozen=True)
class Built:
    """A driver module on disk for one kernel."""

    release: str
    name: str
    version: str
    licence: str


@dataclass(frozen=True)
class Driver:
    """`library` is the version of libnvidia-ml that the loader finds, empty if none; `sources` what DKMS knows."""

    built: tuple[Built, ...]
    library: str
    sources: tuple[str, ...]
    log: tuple[str, ...]

    def for_kernel(self, release: str) -> Built | None:
        """The module on disk for that kernel."""
        return next((built for built in self.built if built.release == release), None)

    def missing(self, releases: tuple[str, ...]) -> tuple[str, ...]:
        """Those of the kernels that have no module on disk."""
        return tuple(release for release in releases if self.for_kernel(release) is None)


def parse(reading: Reading) -> Driver:
    """`built`, `source`, `log` and `library` lines."""
    built: list[Built] = []
    sources: list[str] = []
    log: list[str] = []
    library = ""
    for line in reading.lines():
        kind, _, rest = line.partition(" ")
        if kind == "built":
            release, name, version, licence = words(rest, 4)
            built.append(Built(release, name, version, licence))
        elif kind == "source":
            sources.append(rest)
        elif kind == "log":
            log.append(rest)
        elif kind == "library":
            match = _SUFFIX.search(rest)
            library = library or (match[1] if match else "")
        else:
            raise Unknown(f"unexpected line {line[:80]!r}")
    return Driver(tuple(built), library, tuple(sources), tuple(log))
