"""Where packages come from: apt's entries, in both styles of sources.list(5), and dnf's or yum's (yum.conf(5))."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from checks.facts.reading import Reading, Unknown

COMMAND = """
[ -d /etc/apt ] || echo "# none"
[ ! -d /usr/lib/apt/methods ] || [ -e /usr/lib/apt/methods/https ] || echo "# no https"
for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources \
    /etc/yum.repos.d/*.repo; do
    [ -e "$file" ] || continue
    echo "# file $file"
    cat "$file" || exit 1
    echo
done
for key in /usr/share/keyrings/gpuwright-* /etc/pki/rpm-gpg/RPM-GPG-KEY-gpuwright-*; do
    [ ! -s "$key" ] || echo "# key $key"
done
grep -rhs '^Pin: *release' /etc/apt/preferences /etc/apt/preferences.d | sort -u | sed 's/^Pin: */# pin /'
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
class Repository:
    """One repository of dnf or yum: `urls` are its baseurl, none where it only has a mirrorlist or metalink."""

    file: str
    id: str
    urls: tuple[str, ...]
    enabled: bool = True
    gpgcheck: bool | None = None
    gpgkey: tuple[str, ...] = ()
    priority: str = ""


@dataclass(frozen=True)
class Sources:
    """`fetched`: when apt's newest list came (seconds since 1970; 0: there is none); `apt`: whether it is there.

    `repositories` are dnf's or yum's; `keys` are the files of keys that provisioning put there. `pins` are the releases
    that apt's preferences speak of, as apt_preferences(5) writes them. `texts` are the files, whole. `https`:
    whether apt can fetch by it.
    """

    entries: tuple[Source, ...]
    fetched: int
    apt: bool = True
    repositories: tuple[Repository, ...] = ()
    keys: tuple[str, ...] = ()
    pins: tuple[str, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict, compare=False)
    https: bool = True

    def of_suites(self, codename: str) -> tuple[Source, ...]:
        """The binary sources of a release: its suite, its updates, its security updates."""
        return tuple(
            entry
            for entry in self.entries
            if entry.kind == "deb" and (found := _DEBIAN_SUITE.match(entry.suite)) and found[1] == codename
        )


def parse(reading: Reading) -> Sources:
    """The files, each behind a line with its name."""
    entries: list[Source] = []
    repositories: list[Repository] = []
    keys: list[str] = []
    pins: list[str] = []
    texts: dict[str, str] = {}
    file, fetched, apt, https = "", 0, True, True
    body: list[str] = []
    for line in [*reading.lines(), "# file "]:
        if line.startswith("# lists"):
            time = line.removeprefix("# lists").strip()
            fetched = int(time) if time.isascii() and time.isdigit() else 0
        elif line == "# none":
            apt = False
        elif line == "# no https":
            https = False
        elif line.startswith("# key "):
            keys.append(line.removeprefix("# key "))
        elif line.startswith("# pin "):
            pins.append(line.removeprefix("# pin "))
        elif line.startswith("# file "):
            if file:
                texts[file] = "\n".join(body)
            if file.endswith(".repo"):
                repositories += _repositories(file, body)
            else:
                entries += entries_of(file, body)
            file, body = line.removeprefix("# file ").strip(), []
        else:
            body.append(line)
    return Sources(tuple(entries), fetched, apt, tuple(repositories), tuple(keys), tuple(pins), texts, https)


def entries_of(file: str, body: list[str]) -> list[Source]:
    """What apt reads in some lines of a file, in the style that its name says."""
    return _deb822(file, body) if file.endswith(".sources") else _one_line(file, body)


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


def _repositories(file: str, body: list[str]) -> list[Repository]:
    sections: dict[str, dict[str, str]] = {}
    section: dict[str, str] = {}
    key = ""
    for line in body:
        text = line.strip()
        if not text or text[0] in "#;":
            continue
        if line[0].isspace() and key:
            section[key] += f" {text}"
        elif text[0] == "[" and text.endswith("]"):
            section, key = sections.setdefault(text[1:-1], {}), ""
        elif "=" in text and sections:
            key, _, value = text.partition("=")
            key = key.strip().lower()
            section[key] = value.strip()
        else:
            raise Unknown(f"{file}: not a setting: {line[:80]!r}")
    return [_repository(file, name, found) for name, found in sections.items() if name != "main"]


def _repository(file: str, name: str, found: dict[str, str]) -> Repository:
    check = found.get("gpgcheck")
    return Repository(
        file,
        name,
        tuple(found.get("baseurl", "").replace(",", " ").split()),
        found.get("enabled", "1").lower() in _TRUE,
        None if check is None else check.lower() in _TRUE,
        tuple(found.get("gpgkey", "").replace(",", " ").split()),
        found.get("priority", ""),
    )


_TRUE = ("1", "yes", "true", "on")
