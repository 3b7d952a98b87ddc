"""Who keeps the host's clock right, and whether it says that it does."""

from __future__ import annotations

from dataclasses import dataclass

from checks.facts.reading import Reading, Unknown, words

DAEMONS = ("chronyd", "ntpd", "ntpsec", "systemd-timesyn", "ptp4l", "phc2sys", "vmtoolsd", "VBoxService")
"""As /proc/PID/comm has them, cut at 15 characters. The last two are a virtual machine's own tools."""

COMMAND = f"""
for comm in /proc/[0-9]*/comm; do
    {{ read -r name <"$comm"; }} 2>/dev/null || continue
    case $name in {"|".join(DAEMONS)}) echo "daemon $name" ;; esac
done
[ -e /run/systemd/timesync/synchronized ] && echo "synchronized systemd-timesyn"
if [ -S /run/chrony/chronyd.sock ] && command -v chronyc >/dev/null; then
    timeout -k 1 3 chronyc -n tracking 2>&1 |
        sed -nE 's/^(Leap status|System time|Stratum|Reference ID) *: /chrony \\1: /p'
fi
if command -v ntpq >/dev/null; then
    timeout -k 1 3 ntpq -c 'rv 0 leap,stratum,offset' 2>&1 | sed -n 's/^leap/ntp leap/p'
fi
exit 0
"""


@dataclass(frozen=True)
class Clock:
    """`daemons` that run; `says` are their own words about whether the clock is right, by daemon."""

    daemons: tuple[str, ...]
    says: tuple[str, ...]

    @property
    def synchronized(self) -> bool | None:
        """None where no daemon says it either way."""
        text = " ".join(self.says).lower()
        if "leap status: normal" in text or "synchronized systemd" in text or "leap=00" in text:
            return True
        if "not synchronised" in text or "leap=11" in text or "leap_alarm" in text:
            return False
        return False if self.daemons == ("systemd-timesyn",) else None


def parse(reading: Reading) -> Clock:
    """`daemon` lines, and those that begin with the name of who says it."""
    daemons, says = [], []
    for line in reading.lines():
        kind, rest = words(line, 2)
        if kind == "daemon":
            daemons.append(rest)
        elif kind in ("synchronized", "chrony", "ntp"):
            says.append(line)
        else:
            raise Unknown(f"unexpected line {line[:80]!r}")
    return Clock(tuple(sorted(set(daemons))), tuple(says))
