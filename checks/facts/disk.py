"""The file systems under the paths that provisioning fills and of all disks, and the space left on them."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from checks.facts.reading import Reading, Unknown, number, words

PATHS = (
    "/",
    "/boot",
    "/usr",
    "/usr/lib",
    "/var",
    "/var/cache",
    "/var/lib",
    "/var/lib/docker",
    "/var/lib/nvidia-docker",
    "/lib/modules",
)

COMMAND = f"""
set --
# And every other disk that is mounted, each once: a container runtime mounts parts of one all over the place.
for path in {" ".join(PATHS)} $(awk '$1 ~ "^/dev/" && !seen[$1]++ && ++n <= 20 {{ print $2 }}' /proc/mounts); do
    [ -d "$path" ] && set -- "$@" "$path"
done
# One look for all paths: a slow df is slow each time. A row that is missing would shift all others.
{{ echo "$*"; stat -c %d "$@"; df -Pk "$@"; }} | awk '
    NR == 1 {{ count = split($0, path); next }}
    NR <= count + 1 {{ device[NR - 1] = $1; next }}
    !/^Filesystem/ {{ row[++rows] = $0 }}
    END {{
        if (rows != count) exit 1
        for (i = 1; i <= count; i++) print path[i], device[i], row[i]
    }}'
"""


@dataclass(frozen=True)
class Place:
    """A path: the number and the name of its file system, where that is mounted, and the bytes free on it."""

    path: str
    device: int
    filesystem: str
    mounted: str
    free: int


@dataclass(frozen=True)
class Disk:
    """The places by path."""

    places: dict[str, Place]

    def holding(self, path: str) -> Place:
        """The place that a path lies in: the path itself, or the nearest folder above it that was asked."""
        here = posixpath.normpath(path)
        while here not in self.places:
            if here in ("/", "", "."):
                raise Unknown(f"no answer about the file system of {path}")
            here = posixpath.dirname(here)
        return self.places[here]


def parse(reading: Reading) -> Disk:
    """Lines of path, device number, and the columns of `df -P`."""
    places = {}
    for line in reading.lines():
        path, device, filesystem, _size, _used, free, _percent, mounted = words(line, 8)
        places[path] = Place(path, number(device), filesystem, mounted, number(free) * 1024)
    return Disk(places)
