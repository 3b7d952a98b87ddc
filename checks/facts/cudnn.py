"""cuDNN in the folders of CUDA toolkits: the version that its header names, its libraries, and what the loader knows.

Up to 7 the version is in cudnn.h, since then in cudnn_version.h. NVIDIA's archives of 2017 have lib64/, today's lib/.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass

from checks.facts.reading import Reading, Unknown, number, words

COMMAND = r"""
for root in /usr/local/cuda /usr/local/cuda-*; do
    [ -d "$root" ] && [ ! -L "$root" ] || continue
    for header in "$root/include/cudnn_version.h" "$root/include/cudnn.h"; do
        [ -f "$header" ] || continue
        sed -n 's/^#define CUDNN_\(MAJOR\|MINOR\|PATCHLEVEL\) \{1,\}\([0-9]\{1,\}\).*/\1 \2/p' "$header" |
            awk -v root="$root" -v file="$header" '{ n[$1] = $2 } END {
                if ("MAJOR" in n && "MINOR" in n && "PATCHLEVEL" in n)
                    print "header", root, file, n["MAJOR"], n["MINOR"], n["PATCHLEVEL"]
            }'
    done
    for folder in lib64 lib; do
        [ -d "$root/$folder" ] || continue
        find "$(readlink -f "$root/$folder")" -maxdepth 1 -name 'libcudnn*.so*' -printf "library $root %y %s %p %l\n"
        break
    done
done
! command -v ldconfig >/dev/null || ldconfig -p | sed -n 's/^[[:space:]]*libcudnn\.so\.[0-9]* .*=> //p' |
    while read -r path; do echo "loader $(readlink -f "${path%/*}")"; done
for tool in curl wget; do ! command -v $tool >/dev/null || echo "tool $tool"; done
exit 0
"""

_FILE = re.compile(r"(libcudnn\w*)\.so((?:\.\d+)*)$")


@dataclass(frozen=True)
class Library:
    """A file `libcudnn*.so*`: its path, its size in bytes, and for a link where it leads (else empty)."""

    path: str
    size: int
    target: str

    @property
    def name(self) -> str:
        """Without its folder."""
        return posixpath.basename(self.path)

    @property
    def version(self) -> tuple[str, ...]:
        """The numbers behind .so."""
        match = _FILE.fullmatch(self.name)
        return tuple(match[2].split(".")[1:]) if match else ()


@dataclass(frozen=True)
class Cudnn:
    """By toolkit's folder: the header's version, with the header, and the libraries.

    `loader` are the folders in which the loader finds libcudnn, links followed; `tools` can fetch something here.
    """

    headers: Mapping[str, tuple[str, str]]
    libraries: Mapping[str, tuple[Library, ...]]
    loader: tuple[str, ...]
    tools: tuple[str, ...]


def parse(reading: Reading) -> Cudnn:
    """`header`, `library`, `loader` and `tool` lines; of two headers the first with a version counts."""
    headers: dict[str, tuple[str, str]] = {}
    libraries: dict[str, list[Library]] = {}
    loader, tools = [], []
    for line in reading.lines():
        kind, rest = words(line, 2)
        if kind == "header":
            root, file, *numbers = words(rest, 5)
            headers.setdefault(root, (".".join(str(number(part)) for part in numbers), file))
        elif kind == "library":
            root, sort, size, path, *target = rest.split(" ")
            if sort not in ("f", "l") or len(target) > 1:
                raise Unknown(f"unexpected line {line[:80]!r}")
            libraries.setdefault(root, []).append(Library(path, number(size), "".join(target)))
        elif kind == "loader":
            loader.append(rest)
        elif kind == "tool":
            tools.append(rest)
        else:
            raise Unknown(f"unexpected line {line[:80]!r}")
    # find prints a folder in the order of its entries, which says nothing.
    ordered = {root: tuple(sorted(found, key=lambda each: each.path)) for root, found in libraries.items()}
    return Cudnn(headers, ordered, tuple(loader), tuple(tools))
