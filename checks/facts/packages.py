"""The packages that matter to a GPU host, and every package that dpkg left half done."""

from __future__ import annotations

from dataclasses import dataclass

from checks.facts.reading import Reading, words

COMMAND = r"""
command -v dpkg-query >/dev/null || { echo "dpkg-query: not found"; exit 127; }
dpkg-query -W -f '${db:Status-Abbrev}|${binary:Package} ${Version}\n' |
    grep -E -e '^[^|]*\|[^ ]*(nvidia|cuda|docker|containerd|dkms|nouveau|linux-image|linux-headers)' \
        -e '^.[^in]|^..[^ ]' |
    sed 's/ *|/ /'
exit 0
"""


@dataclass(frozen=True)
class Package:
    """`state` is dpkg's own abbreviation: ii installed, rc removed with its configuration left, iF half configured."""

    name: str
    version: str
    state: str

    @property
    def installed(self) -> bool:
        """Unpacked and configured."""
        return self.state[1:2] == "i"

    @property
    def half_done(self) -> bool:
        """Left between two states by an interrupted dpkg: unpacked, half installed or configured, triggers pending."""
        return self.state[1:2] in ("U", "H", "F", "W", "t") or len(self.state) > len("ii")


@dataclass(frozen=True)
class Packages:
    """The packages by name, without the suffix of their architecture."""

    by_name: dict[str, Package]

    def installed(self, name: str) -> Package | None:
        """The package if it is installed and configured."""
        package = self.by_name.get(name)
        return package if package and package.installed else None

    def missing(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Those of the names that are not installed and configured."""
        return tuple(name for name in names if self.installed(name) is None)

    @property
    def half_done(self) -> tuple[Package, ...]:
        """What an interrupted run of dpkg left behind."""
        return tuple(package for package in self.by_name.values() if package.half_done)


def parse(reading: Reading) -> Packages:
    """Lines of state, name and version; a package without a version is not there."""
    packages = {}
    for line in reading.lines():
        state, rest = words(line, 2)
        name, _, version = rest.partition(" ")
        name = name.partition(":")[0]
        packages[name] = Package(name, version.strip(), state)
    return Packages(packages)
