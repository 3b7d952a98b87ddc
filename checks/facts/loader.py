"""The driver's libraries as the dynamic loader finds them, what a runfile left behind, and who bends its path."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass

from checks.facts.reading import Reading, Unknown, words

COMMAND = r"""
command -v ldconfig >/dev/null || { echo "ldconfig: not found"; exit 127; }
ldconfig -p | sed -nE 's/^[[:space:]]*(lib(cuda|nvidia-ml)\.so(\.1)?) \([^)]*(x86-64|AArch64).*=> /\1 /p' |
    while read -r name path; do echo "library $name $path $(readlink -f "$path")"; done
for file in /usr/bin/nvidia-uninstall /usr/bin/nvidia-installer; do
    [ -e "$file" ] && [ ! -L "$file" ] && echo "runfile $file"
done
{
    grep -HE '^[^#]*LD_LIBRARY_PATH[[:space:]]*=' /etc/environment /etc/profile /etc/profile.d/*.sh /dev/null
    grep -HE '^[^#]*/stubs' /etc/ld.so.conf /etc/ld.so.conf.d/*.conf /dev/null
} 2>/dev/null | sed 's/^\([^:]*\):/path \1 /'
exit 0
"""

_SUFFIX = re.compile(r"\.so\.(\d{3}(?:\.\d+)+)$")


@dataclass(frozen=True)
class Library:
    """A name that the loader knows, where it finds it, and the file that this is in the end."""

    name: str
    path: str
    file: str

    @property
    def version(self) -> str:
        """The driver's version that the file belongs to; empty for a stub or a file without one."""
        match = _SUFFIX.search(self.file)
        return match[1] if match else ""

    @property
    def is_stub(self) -> bool:
        """The toolkit's library to link against, which drives nothing."""
        return "stubs" in posixpath.dirname(self.file).split("/")


@dataclass(frozen=True)
class Loader:
    """`libraries` in the loader's order; `paths` are lines that put folders before it: file, text."""

    libraries: tuple[Library, ...]
    runfile: tuple[str, ...]
    paths: tuple[tuple[str, str], ...]


def parse(reading: Reading) -> Loader:
    """`library`, `runfile` and `path` lines."""
    libraries, runfile, paths = [], [], []
    for line in reading.lines():
        kind, rest = words(line, 2)
        if kind == "library":
            libraries.append(Library(*words(rest, 3)))
        elif kind == "runfile":
            runfile.append(rest)
        elif kind == "path":
            file, text = words(rest, 2)
            paths.append((file, text))
        else:
            raise Unknown(f"unexpected line {line[:80]!r}")
    return Loader(tuple(libraries), tuple(runfile), tuple(paths))
