"""The boots of the host, whether it asks for another, and what it left of panics.

journalctl lists the boots that its journal still has; where it keeps none on disk there is only this one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone

from checks.facts.reading import Reading, Unknown, number, words

COMMAND = r"""
for file in /run/reboot-required /var/run/reboot-required; do
    [ -e "$file" ] && { echo "required $(sort -u "$file.pkgs" 2>/dev/null | tr '\n' ' ')"; break; }
done
for file in /sys/fs/pstore/* /var/lib/systemd/pstore/* /var/crash/*; do
    case $file in *dmesg* | */vmcore* | *[0-9][0-9][0-9]*) ;; *) continue ;; esac
    [ -e "$file" ] && echo "panic $(stat -c %Y "$file") $file"
done | tail -n 20
command -v journalctl >/dev/null || exit 0
time='[A-Z][a-z]{2} ([-0-9]{10} [:0-9]{8}) UTC'
timeout -k 1 5 journalctl --list-boots --no-pager 2>/dev/null | tail -n 60 |
    sed -nE "s/^ *-?[0-9]+ [0-9a-f]{32} $time.{1,3}$time.*/boot \1 \2/p"
exit 0
"""


@dataclass(frozen=True)
class Boot:
    """From its first to its last entry in the journal, seconds since 1970."""

    began: int
    ended: int


@dataclass(frozen=True)
class Boots:
    """`required` are the packages that ask for a reboot, None when none was asked for; `panics` are time and file."""

    required: tuple[str, ...] | None
    panics: tuple[tuple[int, str], ...]
    boots: tuple[Boot, ...]


def parse(reading: Reading) -> Boots:
    """`required`, `panic` and `boot` lines."""
    required: tuple[str, ...] | None = None
    panics: list[tuple[int, str]] = []
    boots: list[Boot] = []
    for line in reading.lines():
        kind, _, rest = line.partition(" ")
        if kind == "required":
            required = tuple(rest.split())
        elif kind == "panic":
            time, file = words(rest, 2)
            panics.append((number(time), file))
        elif kind == "boot":
            day, hour, last_day, last_hour = words(rest, 4)
            boots.append(Boot(_time(f"{day} {hour}"), _time(f"{last_day} {last_hour}")))
        else:
            raise Unknown(f"unexpected line {line[:80]!r}")
    return Boots(required, tuple(panics), tuple(boots))


def _time(text: str) -> int:
    try:
        return int(datetime.strptime(text.strip(), "%Y-%m-%d %H:%M:%S").replace(tzinfo=timezone.utc).timestamp())
    except (ValueError, OverflowError):
        raise Unknown(f"not a time: {text[:40]!r}") from None
