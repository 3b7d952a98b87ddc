"""Who changed which packages, when, and by which command: from the package managers' own logs.

apt writes history.log in the host's local time, without a zone; dpkg.log also has what dpkg(1) installed by itself. dnf
4 writes dnf.rpm.log and dnf.log with a zone, yum (EL 7) yum.log without a year. Only packages that matter to a GPU host
are kept; the others are counted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone

from checks.facts.reading import Reading, Unknown, number

NAMES = (
    "nvidia|cuda|nvml|dkms|linux-image|linux-headers|linux-modules|kernel|kmod|docker|containerd|runc|kubelet|cri-o"
    "|libc6|glibc|gcc|systemd|unattended|mlnx|ofed|doca"
)

COMMAND = rf"""
echo "zone $(unset TZ; date +%z) $(date +%s)"
for log in /var/log/apt/history.log /var/log/dpkg.log; do
    # The newest four, oldest first; rotated ones are compressed.
    for file in $(ls -t "$log"* 2>/dev/null | head -n 4 | sort -Vr 2>/dev/null); do gzip -cdf "$file"; echo; done |
        case $log in
        */dpkg.log) grep -E '^[-0-9]+ [:0-9]+ (install|upgrade|remove|purge) [^ ]*({NAMES})' | sed 's/^/dpkg /' ;;
        *) awk -v RS= -F '\n' '{{
            start = by = command = changes = ""; others = 0
            for (i = 1; i <= NF; i++) {{
                colon = index($i, ": "); key = substr($i, 1, colon - 1); value = substr($i, colon + 2)
                if (key == "Start-Date") start = value
                else if (key == "Commandline") command = value
                else if (key == "Requested-By") by = value
                else if (key ~ /^(Install|Upgrade|Remove|Purge|Downgrade)$/) {{
                    n = split(value, part, /\), /)
                    for (j = 1; j <= n; j++) {{
                        if (part[j] !~ /^[^ ]*({NAMES})/) {{ others++; continue }}
                        sub(/(, automatic)?\)?$/, "", part[j])
                        sub(/(:[^ ]*)? \(/, " ", part[j]); sub(/, /, " ", part[j])
                        changes = changes "\t" key " " part[j]
                    }}
                }}
            }}
            if (start != "") printf "apt\t%s\t%s\t%s\t%d%s\n", start, by, command, others, changes
        }}' ;;
        esac | tail -n 100 | tail -c 25000 | grep -E '^(apt|dpkg)[[:space:]]'
done
for log in /var/log/dnf.rpm.log /var/log/dnf.log; do
    [ -e "$log" ] || continue
    for file in "$log.1" "$log"; do
        [ -e "$file" ] && grep -hE '(Installed|Upgrade|Downgrade|Erase|Reinstall): [^ ]*({NAMES})|Command: ' "$file"
    done | tail -n 150 | sed 's/^/dnf /'
done
[ ! -e /var/log/yum.log ] || grep -E '(Installed|Updated|Erased): [^ ]*({NAMES})' /var/log/yum.log |
    tail -n 150 | sed 's/^/yum /'
exit 0
"""

_DNF = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(Z|[+-]\d\d:?\d\d)\s+\S+\s+(\w+): (.*?)-((?:\d+:)?[^-]+-[^-]+)\.[^.]+$"
)
_DNF_COMMAND = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(Z|[+-]\d\d:?\d\d)\s+\S+\s+Command: (.*)$")
_YUM = re.compile(r"(\w{3} [ \d]\d \d\d:\d\d:\d\d) (\w+): (?:(\d+):)?(.*?)-([^-]+-[^-]+)\.[^.]+$")
_YUM_ERASED = re.compile(r"(\w{3} [ \d]\d \d\d:\d\d:\d\d) Erased: (\S+)$")


@dataclass(frozen=True)
class Change:
    """A package that came, changed or went: `old` is empty where it is not said, `new` where it went."""

    package: str
    old: str
    new: str

    def __str__(self) -> str:
        """In words."""
        if not self.new:
            return f"{self.package} {self.old} removed".replace("  ", " ")
        return f"{self.package} {f'{self.old} -> ' if self.old else ''}{self.new}"


@dataclass(frozen=True)
class Transaction:
    """One run of a package manager: when (seconds since 1970), by whom, its command line; `others` counts the rest."""

    time: int
    tool: str
    by: str
    command: str
    changes: tuple[Change, ...]
    others: int = 0

    def __str__(self) -> str:
        """In words, for evidence: when (UTC), what, by which command and for whom."""
        when = datetime.fromtimestamp(self.time, tz=timezone.utc).strftime("%Y-%m-%d %H:%M")
        what = ", ".join(str(change) for change in self.changes[:3]) + (", ..." if len(self.changes) > 3 else "")
        who = f" for {self.by}" if self.by else ""
        return f"{when} UTC: {what} by {self.command or self.tool}{who}"


def parse(reading: Reading) -> tuple[Transaction, ...]:
    """All transactions, oldest first; what dpkg.log repeats of apt's is left out."""
    zone, now = timezone.utc, 0
    found: list[Transaction] = []
    commands: list[tuple[int, str]] = []
    for line in reading.lines():
        kind, _, rest = line.replace("\t", " ", 1).partition(" ")
        if kind == "zone":
            offset, _, time = rest.partition(" ")
            zone, now = _zone(offset), number(time)
        elif kind == "apt":
            found.append(_apt(rest, zone))
        elif kind == "dpkg":
            found += _dpkg(rest, zone)
        elif kind == "dnf":
            if match := _DNF_COMMAND.match(rest):
                commands.append((_iso(match[1], match[2]), match[3].strip()))
            found += _dnf(rest)
        elif kind == "yum":
            found += _yum(rest, zone, now)
        elif line.strip():
            raise Unknown(f"unexpected line {line[:80]!r}")
    by_apt = {(change.package, change.new) for each in found if each.tool == "apt" for change in each.changes}
    kept = [
        each for each in found if each.tool != "dpkg" or (each.changes[0].package, each.changes[0].new) not in by_apt
    ]
    return tuple(sorted((_commanded(each, commands) for each in kept), key=lambda each: each.time))


def arrival(history: tuple[Transaction, ...], packages: re.Pattern[str], version: str = "") -> Transaction | None:
    """The newest transaction that brought one of the packages, at that upstream version if one is given.

    Of its changes only those remain.
    """
    for each in reversed(history):
        changes = tuple(
            change for change in each.changes if change.new and packages.match(change.package) and version in change.new
        )
        if changes:
            return replace(each, changes=changes)
    return None


def _zone(text: str) -> timezone:
    match = re.match(r"([+-])(\d\d):?(\d\d)$", text.strip())
    if match is None:
        return timezone.utc
    offset = timedelta(hours=int(match[2]), minutes=int(match[3]))
    if offset >= timedelta(days=1):
        raise Unknown(f"not a time zone: {text[:20]!r}")
    return timezone(-offset if match[1] == "-" else offset)


def _local(text: str, zone: timezone) -> int:
    try:
        return int(datetime.strptime(" ".join(text.split()), "%Y-%m-%d %H:%M:%S").replace(tzinfo=zone).timestamp())
    except (ValueError, OverflowError):
        raise Unknown(f"not a time: {text[:40]!r}") from None


def _iso(text: str, offset: str) -> int:
    return _local(text.replace("T", " "), timezone.utc if offset == "Z" else _zone(offset))


def _apt(rest: str, zone: timezone) -> Transaction:
    parts = rest.split("\t")
    if len(parts) < 4:
        raise Unknown(f"unexpected line {rest[:80]!r}")
    changes = tuple(_apt_change(part) for part in parts[4:])
    return Transaction(_local(parts[0], zone), "apt", parts[1], parts[2], changes, number(parts[3]))


def _apt_change(text: str) -> Change:
    words = text.split()
    if len(words) < 3:
        raise Unknown(f"not a change of a package: {text[:80]!r}")
    action, package, version = words[0], words[1].partition(":")[0], words[2]
    if action in ("Remove", "Purge"):
        return Change(package, version, "")
    return (
        Change(package, version, words[3]) if action != "Install" and len(words) > 3 else Change(package, "", version)
    )


def _dpkg(rest: str, zone: timezone) -> list[Transaction]:
    words = rest.split()
    if len(words) < 6:
        return []
    old, new = ("" if word == "<none>" else word for word in words[4:6])
    if words[2] in ("remove", "purge"):
        new = ""
    change = Change(words[3].partition(":")[0], old, new)
    return [Transaction(_local(" ".join(words[:2]), zone), "dpkg", "", "", (change,))]


def _dnf(rest: str) -> list[Transaction]:
    match = _DNF.match(rest)
    if match is None:
        return []
    version = match[5]
    change = Change(match[4], version, "") if match[3].startswith("Erase") else Change(match[4], "", version)
    return [Transaction(_iso(match[1], match[2]), "dnf", "", "", (change,))]


def _yum(rest: str, zone: timezone, now: int) -> list[Transaction]:
    """A line of yum.log: it names no year, so what would lie in the future is of the year before."""
    erased, match = _YUM_ERASED.match(rest), _YUM.match(rest)
    if erased:
        return [Transaction(_before(now, erased[1], zone), "yum", "", "", (Change(erased[2], "", ""),))]
    if match is None:
        return []
    version = f"{match[3]}:{match[5]}" if match[3] else match[5]
    return [Transaction(_before(now, match[1], zone), "yum", "", "", (Change(match[4], "", version),))]


def _before(now: int, text: str, zone: timezone) -> int:
    year = datetime.fromtimestamp(now, tz=zone).year
    try:
        stamps = [datetime.strptime(f"{y} {text}", "%Y %b %d %H:%M:%S").replace(tzinfo=zone) for y in (year, year - 1)]
    except ValueError:
        raise Unknown(f"not a time: {text[:40]!r}") from None
    times = [int(stamp.timestamp()) for stamp in stamps]
    return times[0] if times[0] <= now else times[1]


def _commanded(each: Transaction, commands: list[tuple[int, str]]) -> Transaction:
    """A dnf transaction with the last command that dnf.log has from the hour before it."""
    before = [command for time, command in commands if each.time - 3600 <= time <= each.time]
    return replace(each, command=before[-1]) if each.tool == "dnf" and before else each
