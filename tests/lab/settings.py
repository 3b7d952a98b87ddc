"""The few settings of the machine's kernel that hosts need, and their old values, which the last `down` restores."""

from __future__ import annotations

import contextlib
from pathlib import Path

PROC = Path("/proc/sys")
FORWARDING = "net/ipv4/ip_forward"
# Each systemd holds several instances; Debian's default of 128 is enough for about thirty hosts.
INOTIFY = "fs/inotify/max_user_instances"
INOTIFY_WANTED = 4096


def change() -> dict[str, str]:
    """Make the changes; return every value as it was before."""
    # Writing ip_forward also rewrites these of every interface.
    disturbed = [*PROC.glob("net/ipv4/conf/*/forwarding"), *PROC.glob("net/ipv4/conf/*/accept_redirects")]
    names = [FORWARDING, INOTIFY, *(str(path.relative_to(PROC)) for path in disturbed)]
    before = {name: _read(name) for name in names}
    if before[FORWARDING] != "1":
        _write(FORWARDING, "1")
    if int(before[INOTIFY]) < INOTIFY_WANTED:
        _write(INOTIFY, str(INOTIFY_WANTED))
    return before


def restore(before: dict[str, str]) -> None:
    """Put every value back; interfaces that are gone by now have none."""
    for name, value in before.items():
        with contextlib.suppress(FileNotFoundError):
            if _read(name) != value:
                _write(name, value)


def _read(name: str) -> str:
    return (PROC / name).read_text().strip()


def _write(name: str, value: str) -> None:
    (PROC / name).write_text(value)
