"""What a plan costs beyond its steps: room, services restarted, minutes, and what cannot be taken back; pure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from checks.facts import Facts
from checks.facts.reading import Unknown
from checks.facts.solver import Solution
from provision import space
from provision.disruption import stopped
from provision.step import CONTAINERS, Plan, Step

FETCHED_A_SECOND, UNPACKED_A_SECOND = 10 * space.MIB, 20 * space.MIB
"""Bytes: of a line of 100 Mbit/s, and of dpkg or rpm with scripts on a disk of a server."""

BUILT, INITRAMFS, REBOOTED, STEP, PACKAGES = 180, 30, 180, 2, 15
"""Seconds: DKMS for a kernel (driver 535, two cores), an initramfs, a server's reboot, any step, any with packages."""

BASIS = "estimated: 10 MiB/s fetched, 20 MiB/s unpacked, DKMS 3 min a kernel, a reboot 3 min; nothing was measured here"

_BY_SCRIPT = re.compile(
    r"\bsystemctl (?:try-)?restart (?P<unit>[\w@.-]+)|\brestart_(?P<name>docker|containerd|crio|kubelet)\b"
)
_BY_PACKAGE = {
    "docker-ce": "docker.service",
    "docker.io": "docker.service",
    "moby-engine": "docker.service",
    "containerd.io": "containerd.service",
    "containerd": "containerd.service",
    "cri-o": "crio.service",
    "kubelet": "kubelet.service",
    "nvidia-persistenced": "nvidia-persistenced.service",
    "nvidia-fabricmanager": "nvidia-fabricmanager.service",
}
"""Packages whose own scripts restart a unit when they are changed."""

_BUILDS = re.compile(r"dkms autoinstall|find /lib/modules/")
_NOTHING = (":", "apt update")
"""Scripts that change nothing which one would want back."""


@dataclass(frozen=True)
class Consequences:
    """`room`: path, bytes needed and bytes free. `stops` is work that ends because a package of its engine changes.

    `restarts` are units, `final` what cannot be taken back, in words, `minutes` an estimate (BASIS says of what).
    """

    room: tuple[tuple[str, int, int], ...]
    restarts: tuple[str, ...]
    stops: tuple[str, ...]
    final: tuple[str, ...]
    minutes: int


def consequences(plan: Plan, solution: Solution | None, facts: Facts) -> Consequences:
    """What this plan costs on this host."""
    by_package = _restarted(solution)
    stops = stopped((CONTAINERS,), facts) if "docker.service" in by_package else ()
    by_script = [unit for step in plan.steps for unit in _restarts(step)]
    return Consequences(
        tuple(_room(solution, facts)),
        tuple(dict.fromkeys((*by_script, *by_package))),
        stops,
        (
            *_final(plan.steps),
            *(f"{each}: no repository has it any more" for each in (solution.gone if solution else ())),
        ),
        _minutes(plan, solution, facts),
    )


def as_text(found: Consequences) -> str:
    """Lines below the plan; none where there is nothing to do."""
    lines = [
        f"Room: {need / space.MIB:.1f} MiB on {path}, where {free / space.MIB:.0f} MiB are free"
        for path, need, free in found.room
    ]
    lines += [f"Restarts: {', '.join(found.restarts)}"] * bool(found.restarts)
    lines += [f"  stops: {work}" for work in found.stops]
    lines += ["Cannot be taken back:", *(f"  {words}" for words in found.final)] if found.final else []
    lines += [f"Time: about {found.minutes} min ({BASIS})"] if found.minutes else []
    return "".join(f"{line}\n" for line in lines)


def as_table(found: Consequences) -> dict[str, object]:
    """The same for JSON."""
    return {
        "room": [{"path": path, "needed_bytes": need, "free_bytes": free} for path, need, free in found.room],
        "restarts": list(found.restarts),
        "stops": list(found.stops),
        "irreversible": list(found.final),
        "minutes": found.minutes,
        "minutes_basis": BASIS,
    }


def _room(solution: Solution | None, facts: Facts) -> Iterator[tuple[str, int, int]]:
    """Nothing where it cannot be told: what is needed is held against what is free by space.lacking."""
    wanted = ((space.FETCHED, solution.fetch), (space.UNPACKED, solution.unpack)) if solution else ()
    with suppress(Unknown):
        for path, size in wanted:
            if size:
                yield path, size, facts.disk.holding(path).free


def _restarted(solution: Solution | None) -> tuple[str, ...]:
    """By packages that are replaced or go: what is new starts something, and restarts nothing."""
    changed = [change.package for change in solution.changes if change.old] if solution else []
    return tuple(unit for package in changed for name, unit in _BY_PACKAGE.items() if _is(package, name))


def _is(package: str, name: str) -> bool:
    """Also with the branch behind it: nvidia-fabricmanager-580."""
    return package == name or (package.startswith(f"{name}-") and package[len(name) + 1 :].isdigit())


def _restarts(step: Step) -> Iterator[str]:
    for found in _BY_SCRIPT.finditer(step.script):
        yield found["unit"] or f"{found['name']}.service"


def _final(steps: Sequence[Step]) -> Iterator[str]:
    """Steps that change something and have no undo."""
    return (step.title for step in steps if not step.undo and step.script.strip() not in _NOTHING)


def _minutes(plan: Plan, solution: Solution | None, facts: Facts) -> int:
    if not plan:
        return 0
    seconds: float = REBOOTED * plan.reboots
    for step in plan.steps:
        seconds += PACKAGES if step.installs else STEP
        seconds += BUILT * _kernels(facts) if _BUILDS.search(step.script) else 0
        seconds += INITRAMFS if "rebuild_initramfs" in step.script else 0
    if solution:
        seconds += solution.fetch / FETCHED_A_SECOND + solution.unpack / UNPACKED_A_SECOND
    return math.ceil(seconds / 60)


def _kernels(facts: Facts) -> int:
    try:
        return max(1, len(facts.kernel.wanted))
    except Unknown:
        return 1
