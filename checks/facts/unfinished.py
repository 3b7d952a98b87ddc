"""What an interrupted package manager left behind: the journal of dpkg (dpkg(1)), the transactions of yum (EL 7)."""

from __future__ import annotations

from checks.facts.reading import Reading, Unknown

COMMAND = """
for left in /var/lib/dpkg/updates/[0-9]* /var/lib/yum/transaction-all.*; do [ -e "$left" ] && echo "$left"; done
exit 0
"""


def parse(reading: Reading) -> tuple[str, ...]:
    """The paths; none when every transaction came to its end, or one is just running."""
    paths = tuple(line for line in reading.lines() if line)
    for path in paths:
        if not path.startswith("/var/lib/"):
            raise Unknown(f"unexpected line {path[:80]!r}")
    return paths
