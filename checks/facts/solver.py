"""What the package manager's own solver would do: asked in a private directory, so that planning changes nothing.

apt, dnf or yum read the host's sources together with those that the plan would add, fetch what is missing into that
directory, and say what they would install. Sizes are those of the archives; see apt-get(8), --simulate, --print-uris,
and solver_rpm.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from checks.facts import solver_rpm
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
    """The solver's answer: what would change, the bytes to fetch, and those that the disk then holds more.

    `gone` are the packages, each with its version, that would be replaced or go and that no repository has any more.
    `newer`: it rests on package lists other than those that the host has; the repositories' of now.
    """

    changes: tuple[Change, ...]
    fetch: int
    unpack: int = 0
    gone: tuple[str, ...] = ()
    newer: bool = False

    @property
    def removals(self) -> tuple[str, ...]:
        """The packages that would go."""
        return tuple(change.package for change in self.changes if not change.new)

    def version(self, package: str) -> str:
        """The version that would be installed; empty when the package would not change."""
        return next((change.new for change in self.changes if change.package == package), "")


def command(packages: tuple[str, ...], family: str = "apt", prepare: str = "") -> str:
    """Asks the package manager of the family (apt, rpm) what installing the packages would do.

    `prepare` is sh that adds what the plan would add, to the copies of the host's own sources in $d/parts.
    """
    names = " ".join(shlex.quote(name) for name in packages)
    folder, ask = ("/etc/apt/sources.list.d", _APT) if family == "apt" else ("/etc/yum.repos.d", solver_rpm.ASK)
    return f"""
# shellcheck disable=SC3045 # as in the probe: package lists are larger than any answer
ulimit -S -f unlimited
d=$(mktemp -d /var/tmp/gpuwright.XXXXXXXX) || exit 73
trap 'rm -rf "$d"' EXIT
mkdir -p "$d/lists/partial" "$d/cache/archives/partial" "$d/parts" "$d/keys" "$d/state" "$d/log.d" \
    "$d/preferences"
cp -a {folder}/. "$d/parts/" 2>/dev/null
cp -a /etc/apt/sources.list "$d/" 2>/dev/null
cp -a /etc/apt/preferences.d/. "$d/preferences/" 2>/dev/null
{prepare}
set -- {names}
{ask.strip()}
"""


_APT = r"""
ask() {
    apt-get ${OVER_HOLDS:+--ignore-hold --allow-change-held-packages} -q \
        -o Dir::State::Lists="$d/lists" -o Dir::Cache="$d/cache" -o Dir::Etc::SourceParts="$d/parts" \
        -o Dir::Etc::SourceList="$d/sources.list" -o Dir::Etc::PreferencesParts="$d/preferences" \
        -o APT::Sandbox::User=root -o Acquire::Languages=none -o Debug::NoLocking=1 "$@"
}
full() { [ "$(df -Pk "$d" | awk 'NR == 2 { print $4 }')" -lt 1024 ]; }
ask update >"$d/log" 2>&1 || {
    ! full || exit 73 # where there is no room, the log has none either
    grep -E '^[EW]: ' "$d/log" | sed 's/^W: /E: /' | head -n 5
    exit 1
}
set -- install --allow-downgrades --no-install-recommends "$@"
ask -s "$@" >"$d/answer" 2>&1 || {
    ! full || exit 73
    tail -n 12 "$d/answer"
    exit 1
}
grep -E '^(Inst|Remv|Purg) ' "$d/answer"
ask -y --print-uris "$@" 2>/dev/null | sed -n "s/^'[^']*' [^ ]* \([0-9]*\) .*/\1/p" | {
    sum=0
    while read -r size; do sum=$((sum + size)); done
    echo "fetch $sum"
}
# With --assume-no it stops at the question, after the sizes.
ask --assume-no "$@" 2>/dev/null |
    sed -n 's/^After this operation, \(.*\) of additional disk space will be used\.$/unpack \1/p'
replaced=$(sed -n -e 's/^Inst \([^ ]*\) \[.*/\1/p' -e 's/^Remv \([^ ]*\) .*/\1/p' "$d/answer")
# shellcheck disable=SC2086 # names of packages, one word each
[ -z "$replaced" ] || apt-cache -o Dir::State::Lists="$d/lists" -o Dir::Cache="$d/cache" \
    -o Dir::Etc::SourceParts="$d/parts" -o Dir::Etc::SourceList="$d/sources.list" policy $replaced 2>/dev/null | awk '
        function told() { if (version != "" && !offered) print "gone", name, version; version = ""; offered = 0 }
        /^[^ ]/ { told(); name = $1; sub(/:$/, "", name); next }
        /^ \*\*\* / { version = $2; here = 1; next }
        /^     ? ?[^ ]/ { here = 0; next }
        here && $2 != "/var/lib/dpkg/status" { offered = 1 }
        END { told() }'
for list in "$d"/lists/*Release; do
    [ ! -e "$list" ] || cmp -s "$list" "/var/lib/apt/lists/${list##*/}" || { echo "lists newer" && break; }
done
exit 0
"""


def parse(reading: Reading) -> Solution:
    """apt-get's simulation lines, or dnf's table, and the sums of the sizes."""
    errors = [line for line in reading.text.splitlines() if line.startswith("E: ")]
    if reading.status == 1 and errors:
        raise Unknown("; ".join(errors)[:600])
    changes: list[Change] = []
    said: dict[str, list[str]] = {"row": [], "have": [], "gone": []}
    sizes = {"fetch": 0, "unpack": 0}
    newer = False
    for line in reading.lines():
        kind, _, rest = line.partition(" ")
        if match := _INSTALL.match(line):
            changes.append(Change(match[1], match[2] or "", match[3]))
        elif match := _REMOVE.match(line):
            changes.append(Change(match[1], match[2] or "", ""))
        elif kind in said:
            said[kind].append(rest)
        elif line == "lists newer":
            newer = True
        elif kind in sizes:
            sizes[kind] = _bytes(line)
        else:
            raise Unknown(f"unexpected line {line[:80]!r}")
    have = dict(map(_named, said["have"]))
    for name, version, goes in solver_rpm.rows(said["row"]):
        changes.append(Change(name, have.get(name, ""), "" if goes else version))
    gone = tuple(" ".join(_named(text)) for text in said["gone"])
    return Solution(tuple(changes), sizes["fetch"], sizes["unpack"], gone, newer)


def _named(text: str) -> tuple[str, str]:
    name, version = words(text, 2)
    return name, version


def _bytes(line: str) -> int:
    text = words(line, 2)[1]
    return (
        number(text)
        if text.isascii() and text.isdigit()
        else _size(line)
        if text.endswith("B")
        else solver_rpm.size(text)
    )


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
