"""The CUDA toolkits below /usr/local, and the files of /etc/profile.d that put one on everybody's path."""

from __future__ import annotations

import re
from dataclasses import dataclass

from checks.facts.reading import Reading, Unknown, words

FILE = "/etc/profile.d/cuda.sh"

COMMAND = rf"""
for root in /usr/local/cuda /usr/local/cuda-*; do
    [ -d "$root" ] || continue
    if [ -L "$root" ]; then echo "link $root $(readlink -f "$root")"; continue; fi
    # Packages that are removed leave folders that none of them owns.
    [ -n "$(find "$root" ! -type d -print -quit)" ] || continue
    version=$(cat "$root/version.json" "$root/version.txt" 2>/dev/null | tr -d '\n' |
        sed -n -e 's/.*"cuda" *: *{{[^}}]*"version" *: *"\([0-9.]*\)".*/\1/p' -e 's/^CUDA Version \([0-9.]*\).*/\1/p')
    cupti=none
    [ ! -d "$root/extras/CUPTI/lib64" ] || cupti=extras
    echo "root $root ${{version:--}} $cupti"
done
if [ -L {FILE} ] && [ ! -e {FILE} ]; then
    echo "other {FILE} is a link to $(readlink {FILE}), which does not exist"
elif [ -e {FILE} ]; then
    [ -f {FILE} ] || {{ echo "other {FILE} is not a file"; exit 0; }}
    echo "file $(sha256sum <{FILE} | cut -c1-64)"
    head -c 16384 {FILE} | sed 's/^/| /'
    echo
fi
grep -HE '^[^#]*/usr/local/cuda' /etc/environment /etc/profile /etc/profile.d/*.sh /dev/null 2>/dev/null |
    grep -v '^{FILE}:' | sed 's/^\([^:]*\):/line \1 /'
exit 0
"""

_NAMED = re.compile(r"/usr/local/(cuda(?:-[0-9.]*[0-9])?)(?![-\w])")


@dataclass(frozen=True)
class Toolkit:
    """A folder with a toolkit: its path, its version (from its own file, else its name), and whether CUPTI is in it."""

    root: str
    version: str
    cupti: bool

    def is_version(self, wanted: str) -> bool:
        """Whether it is the wanted version, which may have fewer parts: 8.0 for 8.0.61."""
        parts = wanted.split(".")
        return self.version.split(".")[: len(parts)] == parts


@dataclass(frozen=True)
class CudaToolkits:
    """`links` are such as /usr/local/cuda, with what they lead to; `lines` name a toolkit in other files than cuda.sh.

    `text` is that of cuda.sh (None: there is none), `sum` its sha256; `other` says what else is in its place.
    """

    toolkits: tuple[Toolkit, ...]
    links: tuple[tuple[str, str], ...]
    text: str | None
    sum: str
    other: str
    lines: tuple[tuple[str, str], ...]

    def named(self, text: str) -> tuple[str, ...]:
        """The folders of toolkits that a text names, links followed."""
        links = dict(self.links)
        paths = (f"/usr/local/{name}" for name in _NAMED.findall(text))
        return tuple(dict.fromkeys(links.get(path, path) for path in paths))


def parse(reading: Reading) -> CudaToolkits:
    """`root`, `link`, `file` with its text, `other` and `line` lines."""
    toolkits, links, lines = [], [], []
    text: list[str] | None = None
    digest = other = ""
    for line in reading.lines():
        kind, _, rest = line.partition(" ")
        if kind == "root":
            root, version, cupti = words(rest, 3)
            toolkits.append(Toolkit(root, root.partition("-")[2] if version == "-" else version, cupti == "extras"))
        elif kind == "link":
            path, target = words(rest, 2)
            links.append((path, target))
        elif kind == "file" and text is None:
            digest, text = rest, []
        elif kind == "|" and text is not None:
            text.append(rest)
        elif kind == "other":
            other = rest
        elif kind == "line":
            file, said = words(rest, 2)
            lines.append((file, said))
        elif line:
            raise Unknown(f"unexpected line {line[:80]!r}")
    return CudaToolkits(
        tuple(toolkits), tuple(links), None if text is None else "\n".join(text), digest, other, tuple(lines)
    )
