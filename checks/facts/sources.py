"""Where apt takes packages from: the entries of sources.list(5), in both of its styles."""

from __future__ import annotations

import re
from dataclasses import dataclass

from checks.facts.reading import Reading, Unknown

COMMAND = """
[ -d /etc/apt ] || { echo "# none"; exit 0; }
for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
    [ -e "$file" ] || continue
    echo "# file $file"
    cat "$file" || exit 1
    echo
done
echo "# lists $(stat -c %Y /var/lib/apt/lists/*InRelease 2>/dev/null | sort -n | tail -n 1)"
"""

_ONE_LINE = re.compile(r"(deb|deb-src)\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*(.*)$")
_DEBIAN_SUITE = re.compile(r"([a-z]+)(?:-updates|-security|/updates)?$")


@dataclass(frozen=True)
class Source:
    """One source: where, which suite, which components, and the options that make apt trust it."""

    file: str
    kind: str
    uri: str
    suite: str
    components: tuple[str, ...]
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Sources:
    """`fetched`: when the newest list came (seconds since 1970; 0: there is none); `apt`: whether it is there."""

    entries: tuple[Source, ...]
    fetched: int
    apt: bool = True

    def of_suites(self, codename: str) -> tuple[Source, ...]:
        """The binary sources of a release: its suite, its updates, its security updates."""
        return tuple(
            entry
            for entry in self.entries
            if entry.kind == "deb" and (found := _DEBIAN_SUITE.match(entry.suite)) and found[1] == codename
        )


def parse(reading: Reading) -> Sources:
    """The files, each behind a line with its name."""
    if reading.lines() == ["# none"]:
        return Sources((), 0, apt=False)
    entries: list[Source] = []
    file, fetched = "", 0
    body: list[str] = []
    for line in [*reading.lines(), "# file "]:
        if line.startswith("# lists"):
            time = line.removeprefix("# lists").strip()
            fetched = int(time) if time.isascii() and time.isdigit() else 0
        elif line.startswith("# file "):
            entries += _deb822(file, body) if file.endswith(".sources") else _one_line(file, body)
            file, body = line.removeprefix("# file ").strip(), []
        else:
            body.append(line)
    return Sources(tuple(entries), fetched)


def _one_line(file: str, body: list[str]) -> list[Source]:
    found = [_ONE_LINE.match(line.split("#")[0].strip()) for line in body]
    return [
        Source(file, match[1], match[3], match[4], tuple(match[5].split()), _options(match[2] or ""))
        for match in found
        if match
    ]


def _options(text: str) -> tuple[tuple[str, str], ...]:
    pairs = [option.partition("=") for option in text.split()]
    return tuple((key.lower(), value) for key, _, value in pairs)


def _deb822(file: str, body: list[str]) -> list[Source]:
    stanzas: list[dict[str, str]] = [{}]
    key = ""
    for line in body:
        if line.startswith("#"):
            continue
        if not line.strip():
            stanzas.append({})
        elif line[0].isspace() and key in stanzas[-1]:
            stanzas[-1][key] += "\n" + line.strip()
        elif ":" in line:
            key, _, value = line.partition(":")
            key = key.strip().lower()
            stanzas[-1][key] = value.strip()
        else:
            raise Unknown(f"{file}: not a field: {line[:80]!r}")
    return [source for stanza in stanzas if stanza for source in _stanza(file, stanza)]


def _stanza(file: str, stanza: dict[str, str]) -> list[Source]:
    if stanza.get("enabled", "yes").lower() in ("no", "false", "0"):
        return []
    rest = ("types", "uris", "suites", "components", "enabled")
    options = tuple((key, value) for key, value in stanza.items() if key not in rest)
    return [
        Source(file, kind, uri, suite, tuple(stanza.get("components", "").split()), options)
        for kind in stanza.get("types", "").split()
        for uri in stanza.get("uris", "").split()
        for suite in stanza.get("suites", "").split()
    ]
