"""What dnf or yum would do, asked with --assumeno: the table that both print before they ask, read back.

Their caches, their state and their repositories lie in a private directory meanwhile. yum 3 (EL 7) has --assumeno and
--setopt as dnf has them; the words of the table differ a little. See dnf(8), yum(8). The plugin that is left out keeps
names for the completion of shells in /var/cache/dnf, wherever the cache is. A signed index is taken as it comes: to
check it a key must come into that cache, which --assumeno declines; what is installed later is checked.
"""

from __future__ import annotations

import re

from checks.facts.reading import Unknown

ASK = r"""
tool=yum
command -v dnf >/dev/null && tool=dnf
ask() {
    "$tool" -y --assumeno --setopt=cachedir="$d/cache" --setopt=persistdir="$d/state" --setopt=logdir="$d/log.d" \
        --setopt='*.repo_gpgcheck=0' --setopt=reposdir="$d/parts" --setopt=color=never \
        --disableplugin=generate_completion_cache \
        ${OVER_HOLDS:+--disableplugin=versionlock --disableexcludes=main} "$@"
}
[ -z "$ERASING" ] || [ "$tool" = yum ] || set -- --allowerasing "$@"
ask install "$@" >"$d/answer" 2>&1 </dev/null
if grep -q '^Transaction Summary' "$d/answer"; then
    awk '/^=+$/ { lines++; next } lines == 2 && NF { print "row " $0 } /^Transaction Summary/ { exit }' "$d/answer" |
        grep -v '^row Transaction Summary'
    awk '/^=+$/ { lines++; next } lines == 2 && /^ [^ ]/ { print $1 }
        lines == 2 && /^ +replacing +/ { sub(/\.[^.]*$/, "", $2); print $2 }' "$d/answer" | sort -u |
        while read -r name; do rpm -q --qf 'have %{NAME} %{VERSION}-%{RELEASE}\n' "$name" 2>/dev/null; done |
        grep '^have '
    goes=$(awk '/^=+$/ { lines++; next } lines != 2 { next } /^[^ ]/ { goes = /^(Upgrad|Downgrad|Remov)/ }
        goes && /^ [^ ]/ { print $1 }' "$d/answer")
    # shellcheck disable=SC2086 # names of packages, one word each; yum 3 has no repoquery of its own
    if [ -n "$goes" ] && [ "$tool" = dnf ]; then
        rpm -q --qf '%{NAME} %{VERSION}-%{RELEASE}\n' $goes | LC_ALL=C sort -u >"$d/goes"
        ask -q repoquery --qf '%{name} %{version}-%{release}\n' $goes 2>/dev/null | LC_ALL=C sort -u >"$d/offered"
        LC_ALL=C comm -23 "$d/goes" "$d/offered" | sed 's/^/gone /'
    fi
    # A repository of which the host has metadata, of another day; of the others it fetches them when it installs.
    for list in "$d"/cache/*/repomd.xml "$d"/cache/*/repodata/repomd.xml; do
        for have in "/var/cache/dnf/${list#"$d/cache/"}" /var/cache/yum/*/*/"${list#"$d/cache/"}"; do
            [ ! -e "$have" ] || [ "$(cksum <"$list")" = "$(cksum <"$have")" ] || echo "lists newer"
        done
    done | head -n 1
    sed -n -e 's/^Total download size: /fetch /p' -e 's/^Installed size: /unpack /p' "$d/answer"
elif ! grep -q '^Nothing to do' "$d/answer" || grep -qE '^(No package|Error)' "$d/answer"; then
    said=$(grep -E '^(Error|No package|No match|Unable to find| Problem|  - |.*Errno|Failed|Cannot)' "$d/answer" |
        head -n 6)
    echo "${said:-$tool: $(tail -n 3 "$d/answer")}" | sed 's/^ */E: /'
    exit 1
fi
exit 0
"""
"""After the functions that prepare $d; the packages are the arguments of the script."""

_GOES = (
    "Removing",
    "Erasing",
    "Removing dependent packages",
    "Removing for dependencies",
    "Removing unused dependencies",
)
_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?([kMGT]?)")


def rows(lines: list[str]) -> list[tuple[str, str, bool]]:
    """The packages of the table: name, version, and whether it goes. Long names push the rest to the next line."""
    found: list[tuple[str, str, bool]] = []
    goes, held = False, list[str]()
    for line in lines:
        if not line.startswith(" "):
            goes, held = line.rstrip(":").strip() in _GOES, []
            continue
        words = line.split()
        if words[0] == "replacing" and len(words) >= 3:
            found.append((words[1].rpartition(".")[0] or words[1], "", True))
            continue
        held += words
        if len(held) >= 4:
            found.append((held[0], held[2].partition(":")[2] or held[2], goes))
            held = []
    if held:
        raise Unknown(f"not a line of the solver's table: {' '.join(held)[:80]!r}")
    return found


def size(text: str) -> int:
    """`21 M`: bytes, with binary prefixes, as dnf and yum write sizes."""
    match = _SIZE.fullmatch(text.strip())
    if not match:
        raise Unknown(f"not a size: {text[:80]!r}")
    return round(float(match[1]) * 1024.0 ** " kMGT".index(match[2] or " "))
