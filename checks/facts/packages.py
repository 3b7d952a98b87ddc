"""The packages that matter to a GPU host, from dpkg or rpm, and every package that dpkg left half done."""

from __future__ import annotations

import re
from dataclasses import dataclass

from checks.facts.reading import Reading, words

NAMES = (
    "nvidia|cuda|cudnn|nccl|datacenter-gpu-manager|docker|podman|containerd|dkms|nouveau|linux-image|linux-headers"
    "|unattended-upgrades"
)

COMMAND = rf"""
if [ -e /var/lib/dpkg/status ]; then
    all=$(dpkg-query -W -f '${{db:Status-Abbrev}}|${{binary:Package}} ${{Version}}\n' 2>&1) || {{
        echo "$all" | tail -n 3 | tr '\n' ' '
        exit 1
    }}
    echo "$all" | grep -E -e '^[^|]*\|[^ ]*({NAMES})' -e '^.[^in]|^..[^ ]' | sed 's/ *|/ /'
elif command -v rpm >/dev/null; then
    # A package that is there twice was left so by a transaction that was cut off, unless several may be installed.
    rpm -qa --qf '%{{NAME}}.%{{ARCH}} %{{NAME}} %|EPOCH?{{%{{EPOCH}}:}}:{{}}|%{{VERSION}}-%{{RELEASE}}\n' | awk '
        {{ n[$1]++; name[NR] = $2; id[NR] = $1; evr[NR] = $3 }}
        END {{ for (i = 1; i <= NR; i++) {{
            twice = n[id[i]] > 1 && name[i] !~ /^(kernel|gpg-pubkey|kmod-)/
            if (twice || name[i] ~ /{NAMES}|kernel/) print (twice ? "iU" : "ii"), name[i], evr[i]
        }} }}'
else
    echo "neither dpkg nor rpm"
    exit 127
fi
exit 0
"""


_DRIVER = re.compile(r".*(nvidia|libcuda1|libnvcuvid)")
_NOT_DRIVER = re.compile(
    r".*(container|docker|settings|persistenced|modprobe|xconfig|fabric|imex|nscq|libnvsdm|support-pin|driver-pinning)"
)
_UPSTREAM = re.compile(r"(?:\d+:)?(\d{3}\.\d+(?:\.\d+)?)(?=[-+~]|$)")


@dataclass(frozen=True)
class Package:
    """`state` is dpkg's own abbreviation; of what rpm lists ii, and iU where two versions of a package are there.

    ii: installed; hi: installed and on hold; rc: removed with its configuration left; iF: half configured.
    """

    name: str
    version: str
    state: str

    @property
    def installed(self) -> bool:
        """Unpacked and configured."""
        return self.state[1:2] == "i"

    @property
    def driver(self) -> str:
        """The driver version that the package carries; empty where it is no part of the driver.

        nvidia-settings, nvidia-persistenced and nvidia-modprobe follow releases of their own in some distributions.
        """
        match = _UPSTREAM.match(self.version)
        ours = self.installed and _DRIVER.match(self.name) and not _NOT_DRIVER.match(self.name)
        return match[1] if match and ours else ""

    @property
    def held(self) -> bool:
        """On hold: apt-mark(8) keeps it at its version."""
        return self.state[:1] == "h"

    @property
    def half_done(self) -> bool:
        """Left between two states by an interrupted dpkg: unpacked, half installed or configured, triggers pending."""
        return self.state[1:2] in ("U", "H", "F", "W", "t") or len(self.state) > len("ii")

    @property
    def half_configured(self) -> bool:
        """Its files are there, and an interrupted dpkg has yet to finish configuring it."""
        return self.state[1:] in ("F", "W", "t")


@dataclass(frozen=True)
class Packages:
    """The packages by name, without the suffix of their architecture."""

    by_name: dict[str, Package]

    def installed(self, name: str) -> Package | None:
        """The package if it is installed and configured."""
        package = self.by_name.get(name)
        return package if package and package.installed else None

    @property
    def driver(self) -> tuple[Package, ...]:
        """The installed packages that carry the driver, each with its version."""
        return tuple(package for package in self.by_name.values() if package.driver)

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
