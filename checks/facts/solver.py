"""What the package manager's own solver would do: asked in a private directory, so that planning changes nothing.

apt reads the host's package lists together with the sources that the plan would add, fetches what is missing into that
directory, and simulates the installation. Sizes are those of the archives; see apt-get(8), --simulate, --print-uris.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from checks.facts.reading import Reading, Unknown, number, words

_INSTALL = re.compile(r"Inst (\S+) (?:\[(\S+)\] )?\((\S+)")
_REMOVE = re.compile(r"(?:Remv|Purg) (\S+)(?: \[(\S+)\])?")


@dataclass(frozen=True)
class Change:
    """A package that would come, change or go; `old` is empty when it is new, `new` when it goes."""

    package: str
    old: str
    new: str


@dataclass(frozen=True)
class Solution:
    """The solver's answer: what would change, the bytes to fetch, and those that the disk then holds more."""

    changes: tuple[Change, ...]
    fetch: int
    unpack: int = 0

    @property
    def removals(self) -> tuple[str, ...]:
        """The packages that would go."""
        return tuple(change.package for change in self.changes if not change.new)

    def version(self, package: str) -> str:
        """The version that would be installed; empty when the package would not change."""
        return next((change.new for change in self.changes if change.package == package), "")


def command(packages: tuple[str, ...], new_sources: str) -> str:
    """Asks apt what installing the packages would do, with `new_sources` (deb822 text) beside the host's own."""
    names = " ".join(shlex.quote(name) for name in packages)
    return f"""
# shellcheck disable=SC3045 # as in the probe: package lists are larger than any answer
ulimit -S -f unlimited
d=$(mktemp -d /var/tmp/gpuwright.XXXXXXXX) || exit 73
trap 'rm -rf "$d"' EXIT
mkdir -p "$d/lists/partial" "$d/cache/archives/partial" "$d/parts"
cp -a /etc/apt/sources.list.d/. "$d/parts/" 2>/dev/null
# A name of its own: the file that an earlier run left (gpuwright.sources) counts too.
cat >"$d/parts/gpuwright-planned.sources" <<'END_OF_SOURCES'
{new_sources}
END_OF_SOURCES
ask() {{
    apt-get -q -o Dir::State::Lists="$d/lists" -o Dir::Cache="$d/cache" -o Dir::Etc::SourceParts="$d/parts" \\
        -o APT::Sandbox::User=root -o Acquire::Languages=none -o Debug::NoLocking=1 "$@"
}}
ask update >"$d/log" 2>&1 || {{ grep -E '^(E|W|Err)' "$d/log" | head -n 5; exit 1; }}
ask -s install --no-install-recommends {names} >"$d/answer" 2>&1 || {{ tail -n 12 "$d/answer"; exit 1; }}
grep -E '^(Inst|Remv|Purg) ' "$d/answer"
ask install -y --print-uris --no-install-recommends {names} 2>/dev/null |
    sed -n "s/^'[^']*' [^ ]* \\([0-9]*\\) .*/\\1/p" | {{
        sum=0
        while read -r size; do sum=$((sum + size)); done
        echo "fetch $sum"
    }}
# With --assume-no it stops at the question, after the sizes.
ask install --assume-no --no-install-recommends {names} 2>/dev/null |
    sed -n 's/^After this operation, \\(.*\\) of additional disk space will be used\\.$/unpack \\1/p'
exit 0
"""


def parse(reading: Reading) -> Solution:
    """apt-get's simulation lines, and the sum of the sizes."""
    errors = [line for line in reading.text.splitlines() if line.startswith("E: ")]
    if reading.status == 1 and errors:
        raise Unknown("; ".join(errors)[:600])
    changes: list[Change] = []
    fetch = unpack = 0
    for line in reading.lines():
        if match := _INSTALL.match(line):
            changes.append(Change(match[1], match[2] or "", match[3]))
        elif match := _REMOVE.match(line):
            changes.append(Change(match[1], match[2] or "", ""))
        elif line.startswith("fetch "):
            fetch = number(words(line, 2)[1])
        elif line.startswith("unpack "):
            unpack = _size(line)
        else:
            raise Unknown(f"unexpected line {line[:80]!r}")
    return Solution(tuple(changes), fetch, unpack)


def _size(line: str) -> int:
    """`unpack 1,234 kB`: apt's own way to write sizes, with decimal prefixes."""
    match = re.fullmatch(r"unpack ([0-9][0-9,.]*) ([kMGT]?)B", line)
    if not match:
        raise Unknown(f"not a size: {line[:80]!r}")
    digits = match[1].replace(",", "")
    try:
        return round(float(digits) * 1000.0 ** " kMGT".index(match[2] or " "))
    except ValueError:
        raise Unknown(f"not a size: {line[:80]!r}") from None
