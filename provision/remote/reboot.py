"""Rebooting a host and waiting for it: how it went down, whether it comes back, and what it came back as.

A reboot is known by a changed boot_id on a new connection. Everything else only says why it is not there yet.
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Iterator
from typing import Protocol

from checks.facts.shell import ShellFailed
from provision.errors import GpuwrightError, Locked, StepFailed, UnknownHostKey

BOOTED = """\
n=0
while [ "$n" -lt 600 ]; do
    case $(systemctl is-system-running 2>/dev/null) in initializing | starting) sleep 0.2 ;; *) break ;; esac
    n=$((n + 1))
done
echo "state $(systemctl is-system-running 2>/dev/null)"
systemctl --failed --no-legend --plain 2>/dev/null | awk '{ print "failed", $1 }'
exit 0
"""
"""Waits until the services of the boot are up, two minutes at most: sshd answers before docker does."""

IN_THE_WAY = """\
[ ! -e /run/systemd/shutdown/scheduled ] || echo "scheduled $(tr '\\n' ' ' </run/systemd/shutdown/scheduled)"
echo "inhibitors $(busctl call org.freedesktop.login1 /org/freedesktop/login1 org.freedesktop.login1.Manager \\
    ListInhibitors 2>/dev/null)"
exit 0
"""
"""A shutdown that somebody scheduled, and programs that forbid one: ListInhibitors answers since systemd 183."""

GO = "systemctl reboot || shutdown -r now || reboot\n"


class Rebootable(Protocol):
    """A host as far as rebooting needs it."""

    name: str

    def run(self, script: str, deadline: float) -> str:
        """What the script printed; an error when the host cannot be reached."""
        ...

    def close(self) -> None:
        """Drop the connection, if there is one."""
        ...


def reboot(
    host: Rebootable,
    boot: str,
    limit: float,
    waiting: Callable[[float], object],
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], object] = time.sleep,
) -> None:
    """Reboot, and return when the host is up under another boot_id than `boot`; `waiting` gets the seconds so far.

    `Locked` when a person or a program on the host stands against it, `StepFailed` when it is not back within `limit`
    seconds or came up in emergency mode.
    """
    if reason := in_the_way(host.run(IN_THE_WAY, 30)):
        raise Locked(f"{host.name}: not rebooted: {reason}. What was done before stands; run the same command again")
    said = _go(host)
    host.close()
    started = clock()
    seen: set[str] = set()
    last = ""
    while (elapsed := clock() - started) < limit:
        waiting(elapsed)
        sleep(0.5)
        try:
            now = boot_id(host)
            if now not in ("", boot):
                _came_up(host)
                return
            seen.add("old boot")
        except (UnknownHostKey, StepFailed):
            raise
        except (GpuwrightError, ShellFailed, OSError, EOFError) as error:
            last = str(error)
            seen.add("away")
        host.close()
    raise StepFailed(_not_back(host.name, limit, said, last, went_down="away" in seen))


def boot_id(host: Rebootable) -> str:
    """The kernel's name for this boot; the last line, because the account's shell may have said something first."""
    return "".join(host.run("cat /proc/sys/kernel/random/boot_id\n", 10).split()[-1:])


def _go(host: Rebootable) -> str:
    """Give the command; what the host said to it. A connection that breaks is what one expects."""
    try:
        return host.run(GO, 30).strip()
    except (GpuwrightError, ShellFailed, OSError, EOFError):
        return ""


def in_the_way(text: str) -> str:
    """Why the host must not be rebooted now; empty when nothing stands against it."""
    for line in text.splitlines():
        kind, _, rest = line.partition(" ")
        if kind == "scheduled":
            mode = next((word[5:] for word in rest.split() if word.startswith("MODE=")), "shutdown")
            return f"a {mode} is already scheduled there (shutdown -c on the host cancels it)"
        if kind == "inhibitors":
            for what, who, why, mode in _inhibitors(rest):
                if mode == "block" and "shutdown" in what.split(":"):
                    return f"{who} forbids a shutdown: {why} (systemd-inhibit --list on the host)"
    return ""


def _inhibitors(text: str) -> Iterator[tuple[str, str, str, str]]:
    """`a(ssssuu) 1 "shutdown" "who" "why" "block" 0 812`, as busctl prints it."""
    try:
        words = shlex.split(text)[2:]
    except ValueError:
        return
    for start in range(0, len(words) - 5, 6):
        what, who, why, mode = words[start : start + 4]
        yield what, who, why, mode


def _came_up(host: Rebootable) -> None:
    lines = [line.partition(" ") for line in host.run(BOOTED, 180).splitlines()]
    state = next((value for key, _, value in lines if key == "state"), "")
    failed = [value for key, _, value in lines if key == "failed"]
    if state == "maintenance":
        raise StepFailed(
            f"{host.name}: it came back in emergency or rescue mode"
            f"{' (failed: ' + ', '.join(failed[:5]) + ')' if failed else ''}: most services are not up. Often a file "
            "system of /etc/fstab is missing. Look at: systemctl --failed; journalctl -xb -p err. What was done before "
            "the reboot stands; when the host is up, run the same command again: it goes on from there"
        )


def _not_back(name: str, limit: float, said: str, last: str, *, went_down: bool) -> str:
    again = "What was done before the reboot stands; when it is up, run the same command again: it goes on from there"
    if not went_down:
        return (
            f"{name}: it did not go down in {limit:.0f} s{f': {said}' if said else ''}. Look at: systemctl list-jobs; "
            f"systemd-inhibit --list. {again}"
        )
    if "not let in" in last or "banner" in last:
        where = "Its sshd answers but lets nobody in: the boot hangs (systemd-analyze critical-chain on the console)"
    else:
        where = (
            "Look at its console (ipmitool sol activate, virsh console): a boot loader that waits, a kernel panic, a "
            "file system check, or emergency mode, which asks for root's password: journalctl -xb -p err"
        )
    return f"{name}: not back {limit:.0f} s after its reboot ({last}). {where}. {again}"


def other_kernel(host: str, before: str, expected: str, now: str) -> str:
    """What to say when a host came back under another kernel than the one that was planned for; else empty."""
    if now == expected:
        return ""
    stayed = "the one it ran before" if now == before else "another one"
    return (
        f"{host}: the plan was made for kernel {expected} (the newest in /boot), and the host came back under {now}, "
        f"{stayed}: its boot loader chose that one (GRUB_DEFAULT, grub-reboot, kexec?). Planning anew for {now}\n"
    )
