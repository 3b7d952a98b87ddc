"""What apt would install next, and from where: versions known for the driver and the kernel, and its settings.

`apt-cache policy` uses the cache on disk only if that is newer than what it is made from; else it makes one in memory:
asking writes nothing. Origins and labels are those of the release files in /var/lib/apt/lists.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from checks.facts.reading import Reading, Unknown, number

COMMAND = r"""
command -v apt-cache >/dev/null || { echo "none"; exit 0; }
# shellcheck disable=SC3045 # as in the probe: a cache in memory is larger than any answer
ulimit -S -f unlimited
enabled=no
[ -e /etc/systemd/system/timers.target.wants/apt-daily-upgrade.timer ] && enabled=yes
[ -e /etc/cron.daily/apt-compat ] && [ ! -d /run/systemd/system ] && enabled=yes
echo "timer $enabled"
periodic='APT::Periodic::(Enable|Unattended-Upgrade)|Unattended-Upgrade::[AOP][a-z]*-[A-Z][a-z]*'
apt-config dump | sed -nE "s/^($periodic)(::)? /config &/p"
for file in /var/lib/apt/lists/*Release; do [ ! -e "$file" ] || echo "$file"; done | awk '{
    file = name = $0; origin = label = suite = code = ""
    sub(/^.*\//, "", name); sub(/_[^_]*$/, "", name)
    # The long part of these files is not read.
    while ((getline line <file) > 0 && line !~ /^(MD5Sum|SHA256|SHA1):/) {
        value = substr(line, index(line, " ") + 1)
        if (line ~ /^Origin: /) origin = value
        if (line ~ /^Label: /) label = value
        if (line ~ /^Suite: /) suite = value
        if (line ~ /^Codename: /) code = value
    }
    close(file)
    printf "release %s\t%s\t%s\t%s\t%s\n", name, origin, label, suite, code
}'
names=$(dpkg-query -W -f '${db:Status-Abbrev}|${Package}\n' | awk -F '|' 'substr($1, 2, 1) == "i" &&
    $2 ~ /nvidia|libcuda|^cuda-drivers|^linux-(image|headers|generic|modules)(-[a-z]|$)/ && ++n <= 50 { print $2 }')
for image in /boot/vmlinuz-*; do
    [ ! -e "$image" ] || [ -e "/lib/modules/${image#/boot/vmlinuz-}/build" ] ||
        names="$names linux-headers-${image#/boot/vmlinuz-}"
done
[ -n "$names" ] || exit 0
set --
[ -n "$(find /var/cache/apt/pkgcache.bin -newer /var/lib/dpkg/status -newer /var/lib/apt/lists 2>/dev/null)" ] ||
    set -- -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=
# shellcheck disable=SC2086 # a list of names
policy=$(apt-cache "$@" policy $names 2>&1) || { echo "$policy" | tail -n 1; exit 1; }
[ -n "$policy" ] || exit 0
echo "$policy" | sed -e '/^  Version table:/d' -e '/\/var\/lib\/dpkg\/status$/d' -e 's/^/policy /'
exit 0
"""

_VERSION = re.compile(r" (?:\*\*\*|   ) (\S+) (-?\d+)")
_SOURCE = re.compile(r"\s+-?\d+ (\S+)(?: (\S+))?(?: (\S+))?\s+Packages$")
_CONFIG = re.compile(r'(\S+?)(?:::)? "(.*)";$')


@dataclass(frozen=True)
class Release:
    """One archive, by the name of its file in apt's lists; its fields as its release file has them."""

    file: str
    origin: str
    label: str
    suite: str
    codename: str


@dataclass(frozen=True)
class Candidate:
    """A package: its version here, the one that apt would take next, and the archives that offer each version."""

    package: str
    installed: str
    candidate: str
    offers: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Archive:
    """`settings` are apt's own (lists hold several values); `timer` is whether the daily upgrade is due at all."""

    timer: bool
    settings: dict[str, tuple[str, ...]]
    releases: dict[str, Release]
    packages: dict[str, Candidate]

    def setting(self, name: str) -> str:
        """The value of a setting that has one; empty where it is not set."""
        return (self.settings.get(name) or ("",))[-1]

    def origins(self, package: str, version: str) -> tuple[Release, ...]:
        """The archives that offer the version; none for one that came from elsewhere, or that they dropped."""
        offers = self.packages[package].offers.get(version, ())
        return tuple(self.releases[file] for file in offers if file in self.releases)


def parse(reading: Reading) -> Archive | None:
    """None where there is no apt."""
    timer, settings = False, dict[str, tuple[str, ...]]()
    releases: dict[str, Release] = {}
    packages: dict[str, Candidate] = {}
    package = version = ""
    for line in reading.lines():
        kind, _, rest = line.partition(" ")
        if kind == "none":
            return None
        if kind == "timer":
            timer = rest == "yes"
        elif kind == "config":
            if match := _CONFIG.match(rest):
                settings[match[1]] = (*settings.get(match[1], ()), match[2])
        elif kind == "release":
            fields = rest.split("\t")
            if len(fields) != 5:
                raise Unknown(f"not the 5 fields of a release: {rest[:80]!r}")
            releases[fields[0]] = Release(*fields)
        elif kind == "policy":
            if rest:  # an older probe printed an empty line of what apt had never heard of
                package, version = _policy(rest, package, version, packages)
        else:
            raise Unknown(f"unexpected line {line[:80]!r}")
    return Archive(timer, settings, releases, packages)


def _policy(line: str, package: str, version: str, packages: dict[str, Candidate]) -> tuple[str, str]:
    """One line of `apt-cache policy`: returns the package and the version that the next line belongs to."""
    if line and not line[0].isspace():
        name = line.rstrip(":").partition(":")[0]
        packages[name] = Candidate(name, "", "", {})
        return name, ""
    if package not in packages:
        raise Unknown(f"unexpected line {line[:80]!r}")
    known = packages[package]
    key, _, value = line.strip().partition(": ")
    if key in ("Installed", "Candidate"):
        value = "" if value == "(none)" else value
        pair = (value, known.candidate) if key == "Installed" else (known.installed, value)
        packages[package] = Candidate(package, *pair, known.offers)
    elif match := _VERSION.match(line):
        number(match[2])
        known.offers[match[1]] = ()
        return package, match[1]
    elif (match := _SOURCE.match(line)) and version:
        known.offers[version] = (*known.offers[version], _file(match[1], match[2] or ""))
    return package, version


def _file(uri: str, suite: str) -> str:
    """The name that apt gives an archive's release file in its lists."""
    host = uri.partition("://")[2] or uri
    base = host.rstrip("/").replace("_", "%5f").replace("/", "_")
    suite = suite.rpartition("/")[0] or suite
    return f"{base}_dists_{suite.replace('/', '_')}" if suite.strip("./") else base
