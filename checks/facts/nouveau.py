"""Whether nouveau, the kernel's own driver, is kept off the GPU at the next boot.

A blacklist in /etc/modprobe.d counts at boot only once the initramfs holds it, so the files' times are kept too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from checks.facts.reading import Reading, number, words

COMMAND = r"""
last='' here=0
set --
for file in /etc/modprobe.d/*.conf /run/modprobe.d/*.conf /usr/lib/modprobe.d/*.conf; do
    [ -r "$file" ] && set -- "$@" "$file"
done
grep -HE '^[[:space:]]*(blacklist|install|options)[[:space:]]+nouveau([[:space:]]|$)' "$@" /dev/null |
    sed 's/:[[:space:]]*/ /' | while read -r file line; do
    # Both times: a package's file is older than the day it came here, and so is the target of a link.
    if [ "$file" != "$last" ]; then
        last=$file here=$(stat -c %Z "$file")
        [ ! -L "$file" ] || there=$(stat -L -c %Z "$file")
        [ ! -L "$file" ] || [ "$there" -le "$here" ] || here=$there
    fi
    echo "$here $file $line"
done
exit 0
"""

_OFF = re.compile(r"(blacklist\s+nouveau\s*|install\s+nouveau\s+/(?:usr/)?bin/(?:false|true)\s*)$")


@dataclass(frozen=True)
class Line:
    """One line about nouveau in a modprobe.d file; `since` is when the file came to be here (seconds since 1970)."""

    since: int
    file: str
    text: str

    @property
    def keeps_off(self) -> bool:
        """Whether this line stops nouveau from being loaded for the card."""
        return bool(_OFF.match(self.text))


@dataclass(frozen=True)
class Nouveau:
    """The lines about nouveau in the host's modprobe configuration."""

    lines: tuple[Line, ...]

    @property
    def blacklisted(self) -> Line | None:
        """The oldest line that keeps nouveau off, or None."""
        return min((line for line in self.lines if line.keeps_off), key=lambda line: line.since, default=None)


def parse(reading: Reading) -> Nouveau:
    """Lines of time, file and text."""
    lines = []
    for line in reading.lines():
        since, file, text = words(line, 3)
        lines.append(Line(number(since), file, text))
    return Nouveau(tuple(lines))
