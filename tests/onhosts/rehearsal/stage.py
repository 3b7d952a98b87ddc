"""What the tests of the rehearsal share: layers on the way, the state of a host as text, and the client's process."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tests.onhosts.fab import OF_DEBIAN, ROOT, environment
from tests.onhosts.stages import OWN

if TYPE_CHECKING:
    from tests.lab.core import Lab
    from tests.lab.host import Host

STEPS = 6
SCRIPT = (Path(__file__).parent / "packages.sh").read_text()

_STATE = """\
dpkg-query -W -f '${binary:Package} ${Version} ${db:Status-Abbrev}\\n'
cd /etc
find . -printf '%p %y %m %U:%G %l\\n' | sort
find . -type f -print0 | sort -z | xargs -0 sha256sum
find /opt /usr/share/rehearsal -type f -print0 2>/dev/null | sort -z | xargs -0r sha256sum
systemctl list-unit-files --no-legend --state=enabled
systemctl --failed --no-legend
systemctl is-active rehearsal.service
"""


def wait(condition: Callable[[], bool], what: str, seconds: float = 60) -> None:
    """Until it holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def rehearse(
    host: str, *arguments: str, steps: int = STEPS, env: dict[str, str] | None = None
) -> subprocess.Popen[str]:
    """Start the rehearsal's `fab -H HOST ARGUMENTS` and go on; what plans does so with the profile `debian`."""
    profile = ("--profile", "debian") if arguments[0] in OF_DEBIAN else ()
    return subprocess.Popen(
        [sys.executable, "-m", "tests.onhosts.rehearsal", "-H", host, *arguments, *profile],
        cwd=ROOT,
        env={**environment(), "REHEARSAL_STEPS": str(steps), **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def ended(process: subprocess.Popen[str], seconds: float = 180) -> tuple[int, str]:
    """How a client ended, and what it printed."""
    out, _ = process.communicate(timeout=seconds)
    return process.returncode, out


def done(host: str, *arguments: str, steps: int = STEPS, env: dict[str, str] | None = None) -> tuple[int, str]:
    """Run `provision --yes` of the rehearsal to its end: 1 is its doctor, who misses the driver."""
    return ended(rehearse(host, *(arguments or ("provision", "--yes")), steps=steps, env=env))


def hold(one: Host, point: str) -> None:
    """Whatever comes to this point waits there."""
    one.inside("sh", "-c", f"rm -f /run/rehearsal.at; echo {point} >/run/rehearsal.pause")


def release(one: Host) -> None:
    """It goes on."""
    one.inside("rm", "-f", "/run/rehearsal.pause")


def held(one: Host) -> bool:
    """Whether something waits."""
    return one.inside("test", "-e", "/run/rehearsal.at", check=False).returncode == 0


def state(one: Host) -> list[str]:
    """Packages, /etc, files and units, without what makes a host itself."""
    lines = one.run(_STATE, check=False).stdout.splitlines()
    own = tuple(f"{name[1:]}" for name in OWN)
    return [line for line in lines if not any(f".{name}" in line for name in own)]


def differing(before: list[str], after: list[str]) -> set[str]:
    """The lines that are only in one of two."""
    return set(before) ^ set(after)


def layers_on_the_way(lab: Lab, name: str, label: str) -> list[str]:
    """Layers of a host before each step, in order, and of its end; each a snapshot of an undisturbed way."""
    base = lab.layer("debian12", "rehearsal", SCRIPT)
    made = [base]
    (one,) = lab.up([name], gpus="a100:1", layer=base)
    try:
        for steps in range(1, STEPS + 1):
            status, out = done(one.name, steps=steps)
            assert status == 1, out
            assert "nothing to do" in done(one.name, "plan", steps=steps)[1]
            made.append(lab.snapshot(one, f"{label}-{steps}"))
            one = lab.host(name).settle()
    finally:
        lab.down([name])
    return made
