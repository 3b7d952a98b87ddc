"""The doctor as one file on the host, /usr/local/bin/gpu-doctor, and the Python that could run it."""

from __future__ import annotations

from dataclasses import dataclass

from checks.facts.reading import Reading, Unknown, number, words

PATH = "/usr/local/bin/gpu-doctor"

MARK = "# gpuwright-doctor"
"""How the second line of a file of ours begins; the fingerprint of its sources and the sha256 of all below follow."""

COMMAND = rf"""
for name in python3 python3.13 python3.12 python3.11 python3.10 python3.9; do
    path=$(command -v $name) || continue
    version=$("$path" --version 2>/dev/null) || continue
    version=${{version#Python }}
    minor=${{version#3.}}
    case ${{minor%%.*}} in 9 | 1[0-9]) ;; *) echo "old $path $version"; continue ;; esac
    short=3.${{minor%%.*}} prefix=${{path%/bin/*}}
    # Debian's python3-minimal has no json.
    [ -e "$prefix/lib/python$short/json/__init__.py" ] || [ -e "$prefix/lib64/python$short/json/__init__.py" ] ||
        "$path" -c 'import json, zipfile' 2>/dev/null || {{ echo "partial $path $version"; continue; }}
    echo "python $path $version"
    break
done
file={PATH}
if [ -L "$file" ] && [ ! -e "$file" ]; then echo "other a link to nothing"; exit 0; fi
[ -e "$file" ] || exit 0
[ -f "$file" ] || {{ echo "other no file"; exit 0; }}
head=$(head -c 300 "$file" | tr -cd '[:print:]\n' | sed -n -e '1s/^#!//p' -e '2s/^{MARK} //p')
case $head in
*"
"*)
    mode=no
    [ ! -x "$file" ] || mode=yes
    echo "ours $mode $(tail -n +3 "$file" | sha256sum | cut -c1-64) ${{head##*
}} ${{head%%
*}}" ;;
*) echo "other not made by gpuwright" ;;
esac
exit 0
"""


@dataclass(frozen=True)
class Python:
    """An interpreter: its path and its version."""

    path: str
    version: str


@dataclass(frozen=True)
class Ours:
    """A file of ours: may it be run, is it whole, the fingerprint of its sources, and who is to run it (after #!)."""

    executable: bool
    whole: bool
    fingerprint: str
    interpreter: str


@dataclass(frozen=True)
class DoctorFile:
    """`python` can run it (None: nothing here can; `unusable` are those that cannot, with the reason).

    `ours` is the file if it is one of ours, `other` says what else is in its place; both empty: nothing is there.
    """

    python: Python | None
    unusable: tuple[tuple[str, Python], ...]
    ours: Ours | None
    other: str

    @property
    def interpreter(self) -> str:
        """What must stand after #! for this host."""
        path = self.python.path if self.python else ""
        return "/usr/bin/env python3" if path.endswith("/python3") else path


def parse(reading: Reading) -> DoctorFile:
    """`python`, `old`, `partial`, `ours` and `other` lines."""
    python, unusable, ours, other = None, [], None, ""
    for line in reading.lines():
        kind, rest = words(line, 2)
        if kind == "python":
            python = Python(*words(rest, 2))
        elif kind in ("old", "partial"):
            unusable.append((kind, Python(*words(rest, 2))))
        elif kind == "ours":
            executable, found, fingerprint, announced, interpreter = words(rest, 5)
            for digest in (found, fingerprint, announced):
                number(digest, 16)
            ours = Ours(executable == "yes", found == announced, fingerprint, interpreter)
        elif kind == "other":
            other = rest
        else:
            raise Unknown(f"unexpected line {line[:80]!r}")
    return DoctorFile(python, tuple(unusable), ours, other)
