"""The fabric manager, which sets up the NVSwitches: its unit, its version, and what its log complains of."""

from __future__ import annotations

import calendar
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass

from checks.facts.reading import Reading, Unknown

COMMAND = r"""
if [ -d /run/systemd/system ]; then
    unit=nvidia-fabricmanager.service there=''
    # systemd is not asked for a unit of which there is neither a file nor a process.
    for path in /etc/systemd/ /etc/systemd/system.control/ /run/systemd/ /run/systemd/generator*/ \
        /run/systemd/system.control/ /run/systemd/transient/ /usr/local/lib/systemd/ /usr/lib/systemd/ /lib/systemd/ \
        /sys/fs/cgroup/ /sys/fs/cgroup/systemd/; do
        for file in "$path$unit" "${path}system/$unit" "${path}system.slice/$unit"; do
            [ ! -e "$file" ] && [ ! -L "$file" ] || there=yes
        done
    done
    if [ -n "$there" ]; then
        systemctl show "$unit" -p LoadState -p ActiveState -p UnitFileState 2>&1 | sed 's/^/unit /'
    else
        printf 'unit %s\n' LoadState=not-found ActiveState=inactive UnitFileState=
    fi
fi
command -v nv-fabricmanager >/dev/null && echo "version $(nv-fabricmanager --version 2>&1 | head -n 1)"
log=/var/log/fabricmanager.log
if [ -r "$log" ]; then
    tail -n 2000 "$log" | grep -a -i -E "error|fail|don't match" | tail -n 20 | cut -c 1-300 | sed 's/^/log /'
fi
exit 0
"""

_VERSION = re.compile(r"\d+(?:\.\d+)+")
_DATE = re.compile(r"\[(\w{3} +\d+ \d{4} \d\d:\d\d:\d\d)\]")


@dataclass(frozen=True)
class Fabric:
    """`unit` are systemd's properties of its service (empty without systemd); `version` is empty if not installed."""

    unit: Mapping[str, str]
    version: str
    log: tuple[str, ...]

    @property
    def installed(self) -> bool:
        """Whether there is a program or a unit of it."""
        return bool(self.version) or self.unit.get("LoadState") == "loaded"

    @property
    def active(self) -> bool:
        """Whether it runs; `Unknown` where systemd does not say."""
        if "ActiveState" not in self.unit:
            raise Unknown("whether the fabric manager runs cannot be told: systemd does not say")
        return self.unit["ActiveState"] == "active"

    def since(self, moment: float) -> tuple[str, ...]:
        """The complaints from then on; a line whose time cannot be read counts. The log's times are local ones."""
        return tuple(line for line in self.log if (_time(line) or moment) >= moment - 14 * 3600)


def parse(reading: Reading) -> Fabric:
    """`unit`, `version` and `log` lines."""
    unit: dict[str, str] = {}
    version = ""
    log: list[str] = []
    for line in reading.lines():
        kind, _, rest = line.partition(" ")
        if kind == "unit":
            key, _, value = rest.partition("=")
            unit[key] = value
        elif kind == "version":
            found = _VERSION.search(rest)
            if not found:
                raise Unknown(f"the fabric manager does not tell its version: {rest[:80]!r}")
            version = found[0]
        elif kind == "log":
            log.append(rest)
        else:
            raise Unknown(f"unexpected line {line[:80]!r}")
    return Fabric(unit, version, tuple(log))


def _time(line: str) -> float | None:
    found = _DATE.match(line)
    if not found:
        return None
    try:
        return calendar.timegm(time.strptime(found[1], "%b %d %Y %H:%M:%S"))
    except ValueError:
        return None
