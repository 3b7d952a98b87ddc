"""A listing of a host in which everything that a repair may not touch shows: files, packages, units.

The content of every file is summed once; after that only of files whose inode was touched since.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.lab.host import Host

PLACES = "/etc /usr /opt /var/lib/nvidia-docker /lib/modules/$(uname -r)"
_FILES = rf"find {PLACES} -xdev \( -name __pycache__ -prune \) -o -printf '%p\t%y %m %U:%G %l\t%s %C@ %i\n' | sort"
_SUMS = "xargs -d '\\n' -r sha256sum -z | tr '\\0' '\\n'"
_REST = r"""
dpkg-query -W -f 'package ${binary:Package} ${Version} ${db:Status-Abbrev}\n' 2>/dev/null
rpm -qa --qf 'package %{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}\n' 2>/dev/null | sort
systemctl list-unit-files --no-legend --plain | awk '{ print "unit file", $1, $2 }'
systemctl list-units --no-legend --plain --state=active,failed -t service,socket,timer | awk '{ print "unit", $1, $3 }'
getcap /usr/bin/nvidia-docker-plugin
docker volume ls --format 'volume {{.Driver}} {{.Name}}'
sed 's/ .*//; s/^/module /' /proc/modules | grep nvidia | sort
"""
OWN = ("/etc/gpuwright", "/etc/ld.so.cache", "/usr/share/dnf", "/etc/.updated")
"""What may differ: gpuwright's own records, and caches that are made anew from what is listed."""
PASSES = (
    "user@",
    "user-runtime-dir@",
    "run-user-",
    "session-",
    "systemd-hostnamed",
    "gpuwright-20",
    "systemd-tmpfiles",
)
"""Units that come and go by themselves, and those of our own runs."""


@dataclass(frozen=True)
class Listing:
    """Lines by what they are of; `marks` tell whether a file was touched."""

    lines: dict[str, str]
    marks: dict[str, str]

    def differs(self, other: Listing) -> list[str]:
        """The lines that one has and the other has not."""
        paths = sorted(self.lines.keys() | other.lines.keys())
        return [
            f"{path}: {self.lines.get(path, 'absent')} became {other.lines.get(path, 'absent')}"
            for path in paths
            if self.lines.get(path) != other.lines.get(path)
        ]


def listed(host: Host, before: Listing | None = None) -> Listing:
    """What there is now; with an earlier listing of the host only files that were touched since are read."""
    lines: dict[str, str] = {}
    marks: dict[str, str] = {}
    for line in _inside(host, _FILES):
        path, what, mark = line.split("\t")
        if not path.startswith(OWN) and ".before-20" not in path:
            lines[path], marks[path] = what, mark
    old = before or Listing({}, {})
    files = [path for path, what in lines.items() if what.startswith("f ")]
    read = [path for path in files if marks[path] != old.marks.get(path)]
    sums = {path: old.lines[path].rpartition(" ")[2] for path in files if path not in set(read)}
    for line in _inside(host, _SUMS, "\n".join(read)):
        sums[line[66:]] = line[:64]
    lines |= {path: f"{lines[path]} {sums.get(path, 'unread')}" for path in files}
    for line in _inside(host, _REST):
        if not any(name in line for name in PASSES):
            lines[line.rpartition(" ")[0]] = line.rpartition(" ")[2]
    return Listing(lines, marks)


def _inside(host: Host, script: str, text: str = "") -> list[str]:
    """Asked without a login, which would leave traces of its own."""
    return host.inside("/bin/bash", "-c", script, text=text, check=False).stdout.splitlines()
